import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { decodeBmp } from '../../../../src-shared/data/bmp.ts';
import { readImage } from '../image-file.ts';
import { MAX_PIXELS } from '../inspect-image.ts';

/** What tells an image from others. */
export interface Look {
  /** Of its bytes, hex. */
  sha256: string;
  /** Difference hash, 16 hex digits; null where the image is one flat colour: such ones are not alike, they are nothing. */
  hash: string | null;
}

/** Columns and rows that are compared: 8 differences a row, 8 rows. */
const [COLUMNS, ROWS] = [9, 8];
/** Levels between the darkest and the lightest of them that an image must have. */
const LEAST_CONTRAST = 8;

/**
 * Content hash and dHash (Krawetz 2013): grey, as the camera held it, reduced to 9 × 8 px; a bit is set where a pixel
 * is darker than its right neighbour. It stays the same, but for a few bits, when the size, the quality or the
 * brightness change; not when the image is cropped or mirrored.
 * @throws Error where the image doesn't decode
 */
export async function lookOf(path: string): Promise<Look> {
  const file = await readImage(path);
  const sha256 = createHash('sha256').update(file).digest('hex');
  const image = file.toString('latin1', 0, 2) === 'BM' ? ofBmp(file) : sharp(file, { limitInputPixels: MAX_PIXELS });
  const grey = await image
    .autoOrient()
    .flatten({ background: '#fff' })
    .toColourspace('b-w')
    .resize(COLUMNS, ROWS, { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false })
    .raw()
    .toBuffer();
  return { sha256, hash: differenceHash(grey) };
}

/** @param grey uint8 [8, 9] */
export function differenceHash(grey: Uint8Array): string | null {
  if (Math.max(...grey) - Math.min(...grey) < LEAST_CONTRAST) return null;
  let hash = 0n;
  for (let y = 0; y < ROWS; y++)
    for (let x = 0; x < COLUMNS - 1; x++)
      hash = (hash << 1n) | (grey[y * COLUMNS + x]! < grey[y * COLUMNS + x + 1]! ? 1n : 0n);
  return hash.toString(16).padStart(16, '0');
}

function ofBmp(file: Uint8Array): Sharp {
  const { data, width, height } = decodeBmp(file);
  return sharp(data, { raw: { width, height, channels: 3 } });
}
