import { join } from 'node:path';
import sharp from 'sharp';
import type { VitArchitecture } from '../src-shared/models/architecture.ts';
import { arbitrary } from '../src-worker/engine/compare-modes.ts';

/** What is measured: ViT-Ti/16 at 224 px, ImageNet's head, eight images a step. */
export const BATCH = 8;
export const RESOLUTION = 224;
export const TI_16: VitArchitecture = {
  family: 'vit',
  patchSize: [16, 16],
  imageSize: [RESOLUTION, RESOLUTION],
  width: 192,
  depth: 12,
  mlpDim: 768,
  numHeads: 3,
  classifier: 'token',
  representationSize: null,
  numClasses: 1000,
};

/** Height and width of the generated photographs, px: ImageNet's usual ones. */
export const PHOTO_SIZE: readonly [number, number] = [375, 500];

/** Writes JPEGs that decode like photographs (quality 90, smooth with grain); returns their mean size in bytes. */
export async function writePhotos(folder: string, count: number): Promise<number> {
  const [height, width] = PHOTO_SIZE;
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const base = Uint8Array.from(arbitrary(24 * 32 * 3, i), (v) => 127.5 + 110 * v);
    const smooth = await sharp(base, { raw: { width: 32, height: 24, channels: 3 } })
      .resize(width, height, { kernel: 'cubic', fit: 'fill' })
      .raw()
      .toBuffer();
    const grain = arbitrary(smooth.length, 1000 + i, 14);
    const pixels = Uint8Array.from(smooth, (v, j) => Math.max(0, Math.min(255, v + grain[j]!)));
    const path = join(folder, `${String(i).padStart(3, '0')}.jpg`);
    const { size } = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(path);
    bytes += size;
  }
  return bytes / count;
}
