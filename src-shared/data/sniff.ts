/** What a file's first bytes say it is. */
export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'bmp' | 'webp' | 'tiff' | 'avif';

export type Sniffed = { format: ImageFormat } | { format: null; looksLike: string };

/** Bytes `sniff` wants to see; fewer are fine for short files. */
export const SNIFF_BYTES = 64;

/** Formats that TensorFlow's DecodeImage reads. BMP only with 24 bits a pixel: ask `readBmpHeader`. */
export const TENSORFLOW_FORMATS: ReadonlySet<ImageFormat> = new Set(['jpeg', 'png', 'gif', 'bmp']);

const EXTENSIONS: Record<ImageFormat, readonly string[]> = {
  jpeg: ['jpg', 'jpeg', 'jpe'],
  png: ['png'],
  gif: ['gif'],
  bmp: ['bmp'],
  webp: ['webp'],
  tiff: ['tif', 'tiff'],
  avif: ['avif'],
};

/** Whether a file of this format usually has this extension (lower case, no dot). */
export function extensionFits(format: ImageFormat, extension: string): boolean {
  return EXTENSIONS[format].includes(extension);
}

/** The format by content, whatever the name says; otherwise what it looks like, for a message. */
export function sniff(head: Uint8Array): Sniffed {
  const ascii = (from: number, to: number) => String.fromCharCode(...head.subarray(from, to));
  const starts = (...bytes: number[]) => bytes.every((b, i) => head[i] === b);
  if (starts(0xff, 0xd8, 0xff)) return { format: 'jpeg' };
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return { format: 'png' };
  if (/^GIF8[79]a/.test(ascii(0, 6))) return { format: 'gif' };
  if (ascii(0, 2) === 'BM' && head.length >= 26) return { format: 'bmp' };
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return { format: 'webp' };
  if (
    starts(0x49, 0x49, 0x2a, 0) ||
    starts(0x4d, 0x4d, 0, 0x2a) ||
    starts(0x49, 0x49, 0x2b, 0) ||
    starts(0x4d, 0x4d, 0, 0x2b)
  ) {
    return { format: 'tiff' };
  }
  if (ascii(4, 8) === 'ftyp') {
    const brands = ascii(8, 64);
    if (/avi[fs]/.test(brands)) return { format: 'avif' };
    return {
      format: null,
      looksLike: /hei[cx]|mif1|hevc/.test(brands) ? 'a HEIC image, which is not read' : 'a video or another media file',
    };
  }
  if (ascii(0, 5) === '%PDF-') return { format: null, looksLike: 'a PDF document' };
  if (starts(0x50, 0x4b, 3, 4)) return { format: null, looksLike: 'a zip archive' };
  if (starts(0x1f, 0x8b)) return { format: null, looksLike: 'a gzip archive' };
  if (/^version https:\/\/git-lfs/.test(ascii(0, 40)))
    return { format: null, looksLike: 'a Git LFS pointer, not the image itself' };
  const text = head.length > 0 && head.every((b) => b === 9 || b === 10 || b === 13 || (b >= 32 && b !== 127));
  if (!text)
    return {
      format: null,
      looksLike:
        head.length > 0 && head.every((b) => b === 0) ? 'nothing but zero bytes' : 'no image format that is read',
    };
  if (/^\s*<svg/i.test(ascii(0, 64))) return { format: null, looksLike: 'an SVG drawing, which is not read' };
  return { format: null, looksLike: /^\s*<(!doctype|html|\?xml)/i.test(ascii(0, 64)) ? 'a web page' : 'a text file' };
}
