import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { Augmentation } from '../../src-shared/data/augment/augment.ts';
import { prepareEval, prepareTrain } from '../../src-shared/data/preprocess.ts';
import { AppError } from '../../src-shared/errors.ts';
import { decodeImage } from './decode-image.ts';

/** One image of a batch, as the plan names it. */
export interface LoaderEntry {
  /** The file to decode: an item's decodePath. */
  path: string;
  label: number | null;
  /** Two int32 of the plan; only used in training. */
  seed?: readonly [number, number];
}

export interface LoaderOptions {
  mode: 'train' | 'eval';
  /** Of the checkpoint; in training crop and flip are vit_jax's. */
  preprocessing: Preprocessing;
  /** Smallest share of the image a training crop covers; vit_jax: 0.05. */
  cropAreaMin?: number;
  /** Mirror half of the training images. */
  flip?: boolean;
  /** What else is done to training images. */
  augmentation?: Augmentation | undefined;
  signal?: AbortSignal;
}

export interface ImageBatch {
  /** [B, H, W, 3], in the preprocessing's range. */
  images: Float32Array;
  /** [B]; -1 where an image has no label. */
  labels: Int32Array;
}

/** Files decoded at a time: enough to keep sharp's threads busy, few enough for large photographs. */
const CONCURRENCY = 8;

/**
 * Loads a batch without TensorFlow: for WebAssembly, and where its input pipeline can't be used. Same plan and same
 * preprocessing as the pipeline in the graph; the draws from an image's seed are others, since the generators differ.
 * Throws not_found or bad_file with the path of an image that can't be decoded, interrupted when aborted.
 */
export async function loadBatch(entries: readonly LoaderEntry[], options: LoaderOptions): Promise<ImageBatch> {
  const [height, width] = options.preprocessing.resolution;
  const size = height * width * 3;
  const images = new Float32Array(entries.length * size);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < entries.length) {
      if (options.signal?.aborted) throw new AppError('interrupted', 'Loading images was interrupted.');
      const i = next++;
      images.set(await loadImage(entries[i]!, options), i * size);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, entries.length) }, work));
  return { images, labels: Int32Array.from(entries, (entry) => entry.label ?? -1) };
}

async function loadImage(entry: LoaderEntry, options: LoaderOptions): Promise<Float32Array> {
  const { mode, preprocessing } = options;
  // A copy from the import cache has been turned and says so: nothing is done twice.
  const image = await decodeImage(entry.path, { exif: preprocessing.exif === 'exif' });
  if (mode === 'eval') return prepareEval(image, preprocessing);
  if (entry.seed === undefined) throw new AppError('internal', `No seed was planned for ${entry.path}.`);
  return prepareTrain(image, preprocessing, {
    seed: entry.seed,
    cropAreaMin: options.cropAreaMin ?? 0.05,
    flip: options.flip ?? true,
    augmentation: options.augmentation,
  });
}
