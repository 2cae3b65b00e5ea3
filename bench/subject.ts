import { join } from 'node:path';
import sharp from 'sharp';
import type { VitArchitecture } from '../src-shared/models/architecture.ts';
import { arbitrary } from '../src-worker/engine/compare-modes.ts';

export const RESOLUTION = 224;

/** Models whose steps are measured, at 224 px with ImageNet's head. `timm` is its name there. */
export const SUBJECTS = {
  'Ti/16': { width: 192, mlpDim: 768, numHeads: 3, timm: 'vit_tiny_patch16_224' },
  'S/16': { width: 384, mlpDim: 1536, numHeads: 6, timm: 'vit_small_patch16_224' },
  'B/16': { width: 768, mlpDim: 3072, numHeads: 12, timm: 'vit_base_patch16_224' },
} as const;
export type Subject = keyof typeof SUBJECTS;

export function subjectArchitecture(subject: Subject): VitArchitecture {
  const { width, mlpDim, numHeads } = SUBJECTS[subject];
  return {
    family: 'vit',
    patchSize: [16, 16],
    imageSize: [RESOLUTION, RESOLUTION],
    width,
    depth: 12,
    mlpDim,
    numHeads,
    classifier: 'token',
    representationSize: null,
    numClasses: 1000,
  };
}

/** A model, images a step, and what is done with them. */
export interface StepCase {
  subject: Subject;
  batch: number;
  task: 'train' | 'forward';
}

/** How a contestant written here is told its case, and reads it back. */
export function caseArguments({ subject, batch, task }: StepCase): string[] {
  return [subject, String(batch), task];
}

export function caseFrom([subject, batch, task]: readonly string[]): StepCase {
  return { subject: subject as Subject, batch: Number(batch), task: task as StepCase['task'] };
}

/** The same images for all contestants written here, [-1, 1], [batch, 224, 224, 3]. */
export function stepImages(batch: number): Float32Array {
  return arbitrary(batch * RESOLUTION * RESOLUTION * 3, 1);
}

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
