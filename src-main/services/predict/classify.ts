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
  /** Answer for the others where images can't be read. */
  skipBad?: boolean;
  /** The folder of kept fingerprints, to compare with; absent: no comparison. */
  fingerprints?: string;
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
  checkpoint: {
    name: string;
    /** Null where nothing was computed: no image could be read. */
    sha256: string | null;
    labelsAssumed: boolean;
    /** Whether classes have names. */
    labelled: boolean;
    /** Whether it gives the outputs that were kept of it; null where none were. */
    fingerprint: 'same' | 'differs' | null;
  };
  images: { image: string; predictions: Prediction[]; problem: { code: string; reason: string } | null }[];
  /** Null where nothing was computed. */
  engine: EngineInfo | null;
  /** Of the model's run. */
  seconds: number;
}

/**
 * Names the likeliest classes of images, prepared as the model was trained.
 * @throws AppError bad_dataset for images that can't be read, but with skipBad; whatever the checkpoint is refused with
 */
export async function classify(options: ClassifyOptions, model: Model): Promise<Classified> {
  const { checkpoint, top, batch, home, signal } = options;
  const inspection = await model.inspect(checkpoint);
  const items = options.images.map(({ path, name }) => ({ path: resolve(path), label: null, name }));
  const { bad, facts } = await inspectImages(items, { home, signal });
  if (bad.length > 0 && !options.skipBad) {
    const { message, details } = badImagesError(options.place, bad, items.length);
    throw new AppError('bad_dataset', message, { hint: 'Repair them, or leave them out.', details });
  }
  const problems = new Map(bad.map(({ path, code, reason }) => [path, { code, reason }]));
  const good = items.filter(({ path }) => !problems.has(path));
  const name = basename(checkpoint);
  const answer = (predictionsOf: (at: number) => Prediction[]): Classified['images'] => {
    let next = 0;
    return items.map((item) => {
      const problem = problems.get(item.path) ?? null;
      return { image: item.name, predictions: problem ? [] : predictionsOf(next++), problem };
    });
  };
  if (good.length === 0) {
    const { labels, labelsAssumed } = inspection;
    const told = { name, sha256: null, labelsAssumed, labelled: labels !== null, fingerprint: null };
    return { checkpoint: told, images: answer(() => []), engine: null, seconds: 0 };
  }
  const exif = inspection.preprocessing?.exif ?? 'ignore';
  const decodePaths = await importImages(good, { home, exif, facts, signal });
  const scored = await model.score({
    checkpoint: resolve(checkpoint),
    allowNan: options.allowNan ?? false,
    described: inspection.described,
    fingerprints: options.fingerprints ?? null,
    images: { paths: good.map((item) => decodePaths.get(item.path)!), labels: good.map(() => -1) },
    batch,
  });
  const { logits, numClasses, checkpoint: read, engine, seconds } = scored;
  const names = read.labels ?? Array.from({ length: numClasses }, (_, i) => `class ${i}`);
  const images = answer((at) => {
    const probabilities = softmax(logits.subarray(at * numClasses, (at + 1) * numClasses));
    const best = topClasses(probabilities, Math.min(top, numClasses));
    return best.map((index) => ({ class: names[index]!, index, probability: probabilities[index]! }));
  });
  const { sha256, labelsAssumed, fingerprint } = read;
  return {
    checkpoint: {
      ...{ name, sha256, labelsAssumed, labelled: read.labels !== null },
      fingerprint: fingerprint && (fingerprint.same ? 'same' : 'differs'),
    },
    images,
    engine,
    seconds,
  };
}
