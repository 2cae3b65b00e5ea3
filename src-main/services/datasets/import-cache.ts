import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { decodeBmp } from '../../../src-shared/data/bmp.ts';
import type { ImageItem } from '../../../src-shared/data/dataset.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { eachLimited } from './each-limited.ts';
import { readImage, statImage } from './image-file.ts';
import { MAX_PIXELS, type ImageFacts } from './inspect-image.ts';
import { StatCache } from './stat-cache.ts';
import { writeWhole } from './write-file.ts';

/** `ignore`: pixels as stored, as vit_jax reads them; `exif`: turned as the camera says. */
export type ExifPolicy = 'ignore' | 'exif';

export interface ImportOptions {
  /** Where Vitrine keeps what it needs between runs; copies go to its cache/images. */
  home: string;
  exif: ExifPolicy;
  /** By absolute path, as `inspectImages` found them. Images without facts are taken as they are. */
  facts: ReadonlyMap<string, ImageFacts>;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Files under way at a time. */
const CONCURRENCY = 4;
/** What the copies are; part of their names. Raise it when the pixels change. */
const RECIPE = 'rgb8-1';

/**
 * Copies what TensorFlow doesn't decode (WebP, TIFF, AVIF, BMP other than 24 bits), and with `exif` what the camera
 * held turned, into 8-bit RGB PNG files named by content, once. Returns by absolute path the file to decode, for
 * every item: most are themselves. Throws bad_file, disk_full or interrupted.
 */
export async function importImages(items: readonly ImageItem[], options: ImportOptions): Promise<Map<string, string>> {
  const decodePaths = new Map(items.map((item) => [item.path, item.path]));
  const folder = join(options.home, 'cache', 'images');
  const index = new StatCache<string>(join(options.home, 'cache', 'imports'), `${RECIPE} vips ${sharp.versions.vips}`);
  const wanted = items.flatMap((item) => {
    const facts = options.facts.get(item.path);
    const turn = facts !== undefined && options.exif === 'exif' && facts.orientation > 1;
    return facts !== undefined && (turn || !facts.tensorflowReads) ? [{ item, facts, turn }] : [];
  });
  try {
    await eachLimited(
      wanted,
      async ({ item, facts, turn }) => {
        const key = await statImage(item.path);
        if (key === null)
          throw new AppError('not_found', `The image ${item.name} is gone.`, { details: { path: item.path } });
        const sha256 = await index.get(key);
        const known = sha256 === undefined ? undefined : copyPath(folder, sha256, turn);
        if (known !== undefined && (await exists(known))) return void decodePaths.set(item.path, known);
        const file = await readImage(item.path);
        const hash = createHash('sha256').update(file).digest('hex');
        const copy = copyPath(folder, hash, turn);
        if (!(await exists(copy))) await writeWhole(copy, await toPng(file, { facts, turn, path: item.path }));
        await index.set(key, hash);
        decodePaths.set(item.path, copy);
      },
      { limit: CONCURRENCY, signal: options.signal, onProgress: options.onProgress },
    );
  } finally {
    await index.save();
  }
  return decodePaths;
}

function copyPath(folder: string, sha256: string, turn: boolean): string {
  return join(folder, `${sha256}-${RECIPE}${turn ? '-exif' : ''}.png`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** As TensorFlow would decode it: alpha dropped, the high byte of 16 bits, colour profiles ignored but for CMYK's. */
async function toPng(file: Buffer, options: { facts: ImageFacts; turn: boolean; path: string }): Promise<Buffer> {
  try {
    if (options.facts.format === 'bmp') {
      const { data, width, height } = decodeBmp(file);
      return await sharp(data, { raw: { width, height, channels: 3 } })
        .png({ compressionLevel: 3 })
        .toBuffer();
    }
    const ignoreIcc = (await sharp(file).metadata()).space !== 'cmyk';
    const image = sharp(file, { failOn: 'error', ignoreIcc, limitInputPixels: MAX_PIXELS });
    const turned = options.turn ? image.autoOrient() : image;
    return await turned.removeAlpha().toColourspace('srgb').png({ compressionLevel: 3 }).toBuffer();
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n')[0]! : String(error);
    throw new AppError('bad_file', `The image ${options.path} doesn't decode: ${reason}.`, {
      hint: 'Replace it, or leave it out with --skip-bad.',
      details: { path: options.path },
      cause: error,
    });
  }
}
