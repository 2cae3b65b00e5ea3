import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { AppError } from '../../../src-shared/errors.ts';
import { decodeBmp } from '../../../src-shared/data/bmp.ts';
import { readImage, statImage } from './image-file.ts';
import { MAX_PIXELS } from './inspect-image.ts';
import { writeWhole } from './write-file.ts';

/** Longer side, px: sharp enough for a grid on a dense screen. */
export const THUMBNAIL_SIDE = 256;
/** As large as a window shows a picture. */
export const PICTURE_SIDE = 1600;
/** Part of the names; raise it when the pixels change. */
const RECIPE = 'jpeg80-1';

export interface Thumbnail {
  bytes: Buffer<ArrayBuffer>;
  /** Changes when the image does. */
  tag: string;
}

/**
 * A small picture of an image as a person sees it (EXIF followed), kept in the cache until the file changes.
 * @throws AppError not_found where the file is gone, bad_file where it doesn't decode
 */
export async function thumbnailOf(path: string, { home, side }: { home: string; side: number }): Promise<Thumbnail> {
  const file = await statImage(path);
  if (file === null) throw new AppError('not_found', 'The image is not there any more.', { details: { path } });
  const tag = createHash('sha256').update(`${path}\n${file.size}\n${file.mtime}`).digest('hex').slice(0, 32);
  const kept = join(
    home,
    'cache',
    'thumbnails',
    tag.slice(0, 2),
    `${tag}-${side === THUMBNAIL_SIDE ? '' : `${side}-`}${RECIPE}.jpg`,
  );
  const known = await readFile(kept).catch(() => null);
  if (known) return { bytes: known, tag: `${tag}-${side}` };
  const bytes = await draw(path, side);
  await writeWhole(kept, bytes).catch(() => {}); // a full disk is no reason to show nothing
  return { bytes, tag: `${tag}-${side}` };
}

async function draw(path: string, side: number): Promise<Buffer<ArrayBuffer>> {
  try {
    const source = await readImage(path);
    const image =
      source.toString('latin1', 0, 2) === 'BM'
        ? ofBmp(source)
        : sharp(source, { failOn: 'none', limitInputPixels: MAX_PIXELS });
    const { data } = await image
      .autoOrient()
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .jpeg({ quality: 80 })
      .toBuffer({ resolveWithObject: true });
    return Buffer.from(data);
  } catch (error) {
    throw new AppError('bad_file', "The image doesn't decode.", { details: { path }, cause: error });
  }
}

function ofBmp(file: Buffer): Sharp {
  const { data, width, height } = decodeBmp(file);
  return sharp(data, { raw: { width, height, channels: 3 } });
}
