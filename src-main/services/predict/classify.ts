import { basename, resolve } from 'node:path';
import type { EngineInfo } from '../../../src-shared/contract/engine.ts';
import type { CheckpointDescription } from '../../../src-shared/contract/worker.ts';
import type { Prediction } from '../../../src-shared/contract/predict.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { topClasses } from '../../../src-shared/metrics/scores.ts';
import { softmax } from '../../../src-shared/metrics/softmax.ts';
import { badImagesError, importImages, inspectImages } from '../datasets/service.ts';
import type { Scored, ScoreJob } from '../scoring/service.ts';

export interface ClassifyOptions {
  checkpoint: string;
  /** Files, and what the caller calls them. */
  images: { path: string; name: string }[];
  /** Where they were named, for errors. */
  place: string;
  /** Take weights that are NaN or infinite. */
  allowNan?: boolean;
  /** Classes to name for each image. */
  top: number;
  /** Images at a time. */
  batch: number;
  /** Where Vitrine keeps what it needs between runs. */
  home: string;
  signal: AbortSignal;
}

/** How the caller looks at checkpoints and runs them. */
export interface Model {
  inspect: (checkpoint: string) => Promise<CheckpointDescription>;
  score: (job: ScoreJob) => Promise<Scored>;
}

export interface Classified {
  checkpoint: { name: string; sha256: string; labelsAssumed: boolean };
  images: { image: string; predictions: Prediction[] }[];
  engine: EngineInfo;
  /** Of the model's run. */
  seconds: number;
}

/**
 * Names the likeliest classes of images, prepared as the model was trained.
 * @throws AppError bad_dataset for images that can't be read; whatever the checkpoint is refused with
 */
export async function classify(options: ClassifyOptions, model: Model): Promise<Classified> {
  const { checkpoint, top, batch, home, signal } = options;
  const inspection = await model.inspect(checkpoint);
  const items = options.images.map(({ path, name }) => ({ path: resolve(path), label: null, name }));
  const { bad, facts } = await inspectImages(items, { home, signal });
  if (bad.length > 0) {
    const { message, details } = badImagesError(options.place, bad, items.length);
    throw new AppError('bad_dataset', message, { hint: 'Repair them, or leave them out.', details });
  }
  const exif = inspection.preprocessing?.exif ?? 'ignore';
  const decodePaths = await importImages(items, { home, exif, facts, signal });
  const scored = await model.score({
    checkpoint: resolve(checkpoint),
    allowNan: options.allowNan ?? false,
    described: inspection.described,
    fingerprints: null,
    images: { paths: items.map((item) => decodePaths.get(item.path)!), labels: items.map(() => -1) },
    batch,
  });
  const { logits, numClasses, checkpoint: read, engine, seconds } = scored;
  const names = read.labels ?? Array.from({ length: numClasses }, (_, i) => `class ${i}`);
  const images = items.map(({ name }, i) => {
    const probabilities = softmax(logits.subarray(i * numClasses, (i + 1) * numClasses));
    const best = topClasses(probabilities, Math.min(top, numClasses));
    return {
      image: name,
      predictions: best.map((index) => ({ class: names[index]!, index, probability: probabilities[index]! })),
    };
  });
  const { sha256, labelsAssumed } = read;
  return { checkpoint: { name: basename(checkpoint), sha256, labelsAssumed }, images, engine, seconds };
}
