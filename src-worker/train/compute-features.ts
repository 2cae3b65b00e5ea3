import { statfs } from 'node:fs/promises';
import type { ImageList, TrainInput } from '../../src-shared/contract/worker.ts';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { AppError } from '../../src-shared/errors.ts';
import { isPackedPath } from '../../src-shared/data/packed-path.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { ImagePipeline } from '../data/image-pipeline.ts';
import { createProgram } from '../engine/create-program.ts';
import type { Program } from '../engine/program.ts';
import type { Engine } from '../engine/runtime.ts';
import { scoreBatches } from '../evaluate/score.ts';
import { featureNames, featureWidth } from '../models/head.ts';
import { loadParams, predictProgram } from '../models/predict-program.ts';
import { evalBatch } from './batch-sizes.ts';
import type { FeatureFiles, Shard } from './feature-files.ts';
import type { RunContext } from './run-record.ts';

export interface FeatureOptions {
  context: Pick<RunContext, 'signal' | 'emit'>;
  engine: Engine;
  /** Of the model with its head. */
  architecture: Architecture;
  /** Everything but the head. */
  params: ReadonlyMap<string, NamedTensor>;
  preprocessing: Preprocessing;
  files: FeatureFiles;
}

/** Milliseconds between two lines about where it stands. */
const TELL_MS = 60_000;
/** Bytes that are left alone: the run writes other files too. */
const SPARE_BYTES = 16 * 2 ** 20;

/**
 * Computes what is missing of the shards, as an evaluation prepares and runs images.
 * @returns false when it was stopped before the end; the shards that are done stay
 * @throws AppError disk_full before anything is computed
 */
export async function computeFeatures(
  input: TrainInput,
  shards: readonly Shard[],
  options: FeatureOptions,
): Promise<boolean> {
  const { context, files, architecture } = options;
  const missing: Shard[] = [];
  for (const shard of shards) if (!(await files.has(shard))) missing.push(shard);
  if (missing.length === 0) {
    context.emit({ type: 'note', text: 'The features of an earlier start are used again.' });
    return true;
  }
  const images = missing.reduce((sum, { from, to }) => sum + to - from, 0);
  await checkRoom(input.workdir, images * 4 * featureWidth(architecture));
  context.emit({ type: 'note', text: `Computing the features of ${images.toLocaleString('en')} images, once.` });
  const batch = evalBatch(input.config, Math.max(...missing.map(({ from, to }) => to - from)));
  const packed = missing.some(({ split }) => input[split].paths.some(isPackedPath));
  const program = await featureProgram(options, { batch, packed });
  try {
    const start = performance.now();
    let told = start;
    let done = 0;
    for (const shard of missing) {
      const data = await shardOf(program, input[shard.split], { shard, batch, options });
      if (data === null) return false;
      await files.write(shard, data);
      done += shard.to - shard.from;
      if (performance.now() - told < TELL_MS) continue;
      told = performance.now();
      const rate = done / ((told - start) / 1000);
      context.emit({ type: 'note', text: `Features of ${done} of ${images} images, ${rate.toFixed(1)} a second.` });
    }
    return true;
  } finally {
    program.dispose();
  }
}

/** The model without its head, showing what that would see. */
async function featureProgram(
  options: FeatureOptions,
  { batch, packed }: { batch: number; packed: boolean },
): Promise<Program> {
  const { engine, architecture, params, preprocessing } = options;
  const pipeline = new ImagePipeline({
    name: 'eval',
    mode: 'eval',
    batch,
    parallelism: engine.threads.intra,
    preprocessing,
    cropAreaMin: 1,
    flip: false,
    packed,
  });
  const program = await createProgram(
    engine,
    predictProgram({
      architecture: { ...architecture, numClasses: null },
      batch,
      pipeline,
      intermediates: featureNames(architecture),
    }),
  );
  await loadParams(program, params);
  return program;
}

interface ShardOptions {
  shard: Shard;
  batch: number;
  options: FeatureOptions;
}

/** [images of the shard, F]; null when it is stopped. */
async function shardOf(
  program: Program,
  images: ImageList,
  { shard, batch, options }: ShardOptions,
): Promise<Float32Array | null> {
  const { context, architecture } = options;
  const { from, to } = shard;
  const list = { paths: images.paths.slice(from, to), labels: images.labels.slice(from, to) };
  const width = featureWidth(architecture);
  const names = featureNames(architecture);
  const data = new Float32Array((to - from) * width);
  let row = 0;
  for await (const { outputs, count } of scoreBatches(program, { method: 'predict', images: list, batch })) {
    for (let i = 0; i < count; i++, row++) {
      names.forEach((name, part) => {
        const values = outputs[name]!.data as Float32Array;
        const each = width / names.length;
        data.set(values.subarray(i * each, (i + 1) * each), row * width + part * each);
      });
    }
    if (context.signal.aborted) return null;
  }
  return data;
}

/** @throws AppError disk_full */
async function checkRoom(workdir: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(workdir);
  const free = bavail * bsize;
  if (bytes + SPARE_BYTES <= free) return;
  const megabytes = (n: number): string => `${Math.ceil(n / 1e6).toLocaleString('en')} MB`;
  throw new AppError(
    'disk_full',
    `The features need ${megabytes(bytes)} in ${workdir}, and ${megabytes(free)} are free.`,
    {
      hint: 'Free some space, choose another --workdir, or train with --config.vitrine.train=head, which keeps none.',
      details: { needed: bytes, free },
    },
  );
}
