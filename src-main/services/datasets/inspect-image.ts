import sharp from 'sharp';
import { BMP_HEADER_BYTES, decodeBmp, readBmpHeader } from '../../../src-shared/data/bmp.ts';
import type { BadImage } from '../../../src-shared/data/dataset.ts';
import { SNIFF_BYTES, sniff, TENSORFLOW_FORMATS, type ImageFormat } from '../../../src-shared/data/sniff.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { openImage, type ImageFile } from './image-file.ts';

/** What is known of a good image. */
export interface ImageFacts {
  /** By content. */
  format: ImageFormat;
  /** As stored, px. */
  width: number;
  height: number;
  /** EXIF orientation, 1 … 8; 1 where there is none. */
  orientation: number;
  /** Whether TensorFlow's DecodeImage reads the file; others go through the import cache. */
  tensorflowReads: boolean;
}

export type Inspection = { facts: ImageFacts } | { bad: Pick<BadImage, 'code' | 'reason'> };

/** `headers` reads the first bytes; `decode` decodes every pixel. */
export type InspectLevel = 'headers' | 'decode';

/** Pillow's limit, 2 × 89,478,485: larger images are refused as decompression bombs. */
export const MAX_PIXELS = 178_956_970;

/** Where the headers of nearly all files end. */
const HEAD_BYTES = 256 * 1024;
const MAX_FILE_BYTES = 2 ** 31 - 1;

/** Looks at one file. Every kind of damage is an answer, not an exception. */
export async function inspectImage(path: string, level: InspectLevel): Promise<Inspection> {
  let file: ImageFile;
  try {
    file = await openImage(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return bad(
      'unreadable',
      code === 'ENOENT' ? 'the file is gone, or a link leads nowhere' : `the file can't be opened (${code})`,
    );
  }
  try {
    return await inspectOpen(file, level);
  } catch (error) {
    return bad('unreadable', `the file can't be read (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    await file.close();
  }
}

async function inspectOpen(file: ImageFile, level: InspectLevel): Promise<Inspection> {
  const { size } = file;
  if (!file.isFile) return bad('unreadable', 'it is no regular file');
  if (size === 0) return bad('empty', 'the file is empty (0 bytes)');
  if (size > MAX_FILE_BYTES) return bad('too_large', 'the file is over 2 GiB');
  const bytes = await file.read(level === 'decode' ? size : Math.min(size, HEAD_BYTES));
  const kind = sniff(bytes.subarray(0, SNIFF_BYTES));
  if (kind.format === null) {
    const unsupported = kind.looksLike.includes('not read');
    return bad(unsupported ? 'unsupported' : 'not_an_image', `the content is ${kind.looksLike}`);
  }
  if (kind.format === 'bmp') return inspectBmp(bytes, size, level);
  const first = await inspectWithSharp(bytes, kind.format, level);
  // TIFF may keep its directory at the end, and metadata may push the size beyond what was read.
  if ('bad' in first && bytes.length < size) return inspectWithSharp(await file.read(size), kind.format, level);
  return first;
}

function inspectBmp(bytes: Buffer, size: number, level: InspectLevel): Inspection {
  try {
    const { width, height, tensorflowReads } = readBmpHeader(bytes.subarray(0, BMP_HEADER_BYTES), size);
    if (width * height > MAX_PIXELS) return tooLarge(width, height);
    if (level === 'decode') decodeBmp(bytes);
    return { facts: { format: 'bmp', width, height, orientation: 1, tensorflowReads } };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const code = /cut off|holds fewer/.test(error.message)
      ? 'truncated'
      : /not read/.test(error.message)
        ? 'unsupported'
        : 'undecodable';
    return bad(code, error.message);
  }
}

async function inspectWithSharp(bytes: Buffer, format: ImageFormat, level: InspectLevel): Promise<Inspection> {
  try {
    const header = await sharp(bytes, { failOn: 'none', limitInputPixels: false }).metadata();
    const { width, height } = header;
    if (width * height > MAX_PIXELS) return tooLarge(width, height);
    if (level === 'decode') {
      // Shrinking reads every pixel and keeps few of them: photographs need little memory here.
      await sharp(bytes, { failOn: 'error', ignoreIcc: true, limitInputPixels: MAX_PIXELS })
        .resize(8, 8, { fit: 'fill' })
        .raw()
        .toBuffer();
    }
    const tensorflowReads = TENSORFLOW_FORMATS.has(format);
    return { facts: { format, width, height, orientation: header.orientation ?? 1, tensorflowReads } };
  } catch (error) {
    const text = error instanceof Error ? error.message.trim().split('\n')[0]! : String(error);
    const cut = /premature end|end of (file|source|image)|truncat|read error|unexpected end|bad seek/i.test(text);
    return bad(
      cut ? 'truncated' : 'undecodable',
      `${cut ? 'the file is cut off' : "the image doesn't decode"} (${text})`,
    );
  }
}

function tooLarge(width: number, height: number): Inspection {
  const n = (x: number) => x.toLocaleString('en-US');
  return bad('too_large', `${n(width)} × ${n(height)} px is more than the ${n(MAX_PIXELS)} pixels that are allowed`);
}

function bad(code: BadImage['code'], reason: string): Inspection {
  return { bad: { code, reason } };
}
