import { AppError } from '../errors.ts';
import type { RgbImage } from './resize-bilinear.ts';

/**
 * BMP files, which sharp does not read: uncompressed, 1, 4, 8, 16, 24 and 32 bits a pixel, palettes and bit fields,
 * bottom-up and top-down. Source: the BITMAPFILEHEADER and BITMAPINFOHEADER structures as Microsoft documents them.
 */
export interface BmpHeader {
  width: number;
  height: number;
  topDown: boolean;
  bitsPerPixel: number;
  /** Where the pixels begin, bytes. */
  offset: number;
  /** Bytes a row, padded to four. */
  stride: number;
  /** [R, G, B] an entry, or null without a palette. */
  palette: { offset: number; entrySize: number; entries: number } | null;
  /** Bits of red, green and blue in a pixel of 16 or 32 bits. */
  masks: [number, number, number];
  /** Whether TensorFlow's DecodeBmp gives three channels: 24 bits a pixel. */
  tensorflowReads: boolean;
}

/** Bytes `readBmpHeader` wants. */
export const BMP_HEADER_BYTES = 138;

function bad(reason: string): AppError {
  return new AppError('bad_file', reason);
}

/** Reads the header from a file's first bytes; `fileSize` in bytes. Throws bad_file saying what is wrong. */
export function readBmpHeader(head: Uint8Array, fileSize: number): BmpHeader {
  if (head.length < 26 || head[0] !== 0x42 || head[1] !== 0x4d) throw bad('the BMP header is cut off');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const offset = view.getUint32(10, true);
  const headerSize = view.getUint32(14, true);
  if (headerSize !== 12 && (headerSize < 40 || headerSize > 124))
    throw bad(`the BMP header has an unknown size, ${headerSize} bytes`);
  if (head.length < 14 + Math.min(headerSize, 40)) throw bad('the BMP header is cut off');
  const old = headerSize === 12;
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const bitsPerPixel = view.getUint16(old ? 24 : 28, true);
  const compression = old ? 0 : view.getUint32(30, true);
  const height = Math.abs(signedHeight);
  if (width < 1 || height < 1) throw bad(`the BMP header gives a size of ${width} × ${height} px`);
  if (![1, 4, 8, 16, 24, 32].includes(bitsPerPixel)) throw bad(`a BMP of ${bitsPerPixel} bits a pixel is not read`);
  const bitFields = compression === 3 && (bitsPerPixel === 16 || bitsPerPixel === 32);
  if (compression !== 0 && !bitFields) throw bad('a compressed BMP is not read');
  const stride = Math.floor((width * bitsPerPixel + 31) / 32) * 4;
  if (offset < 14 + headerSize || offset + stride * height > fileSize) {
    throw bad(
      `the header promises ${(stride * height).toLocaleString('en-US')} bytes of pixels and the file holds fewer`,
    );
  }
  let masks: BmpHeader['masks'] = bitsPerPixel === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
  if (bitFields) {
    if (head.length < 66) throw bad('the BMP header is cut off');
    masks = [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)];
    if (masks.some((mask) => mask === 0)) throw bad('the BMP header gives an empty bit mask');
  }
  let palette: BmpHeader['palette'] = null;
  if (bitsPerPixel <= 8) {
    const entrySize = old ? 3 : 4;
    const used = old ? 0 : view.getUint32(46, true);
    const entries = used === 0 ? 2 ** bitsPerPixel : used;
    palette = { offset: 14 + headerSize, entrySize, entries };
    if (entries > 256 || palette.offset + entries * entrySize > fileSize) throw bad('the BMP palette is cut off');
  }
  const tensorflowReads = bitsPerPixel === 24 && compression === 0 && headerSize >= 40;
  return { width, height, topDown: signedHeight < 0, bitsPerPixel, offset, stride, palette, masks, tensorflowReads };
}

/** Decodes a whole file to RGB, dropping alpha. Throws bad_file. */
export function decodeBmp(file: Uint8Array): RgbImage<Uint8Array> {
  const header = readBmpHeader(file.subarray(0, BMP_HEADER_BYTES), file.length);
  const { width, height } = header;
  const data = new Uint8Array(width * height * 3);
  const pixelAt = pixelReader(file, header);
  for (let y = 0, o = 0; y < height; y++) {
    const row = header.offset + (header.topDown ? y : height - 1 - y) * header.stride;
    for (let x = 0; x < width; x++, o += 3) {
      const pixel = pixelAt(row, x);
      data[o] = pixel >>> 16;
      data[o + 1] = pixel >>> 8; // the array keeps the low byte
      data[o + 2] = pixel;
    }
  }
  return { data, height, width };
}

/** The pixel at column x of the row that begins at byte `row`: 0xRRGGBB. */
type PixelReader = (row: number, x: number) => number;

function pixelReader(file: Uint8Array, header: BmpHeader): PixelReader {
  const { bitsPerPixel: bits, palette } = header;
  const bgr = (from: number) => (file[from + 2]! << 16) | (file[from + 1]! << 8) | file[from]!;
  if (palette !== null) {
    return (row, x) => {
      const bit = x * bits;
      const index = (file[row + (bit >> 3)]! >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
      // An index past the palette is black, as in other readers.
      return index < palette.entries ? bgr(palette.offset + index * palette.entrySize) : 0;
    };
  }
  if (bits === 24) return (row, x) => bgr(row + x * 3);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const channels = header.masks.map((mask) => {
    const shift = 31 - Math.clz32(mask & -mask);
    return { mask, shift, max: mask >>> shift };
  });
  return (row, x) => {
    const value = bits === 16 ? view.getUint16(row + x * 2, true) : view.getUint32(row + x * 4, true);
    return channels.reduce((rgb, { mask, shift, max }) => {
      return (rgb << 8) | Math.round((((value & mask) >>> shift) * 255) / max);
    }, 0);
  };
}
