// Opens a data set and takes the first batch of a run of vit:b16,cifar10 on it, by the code that a run goes through, in
// a process of its own: node first-batch.ts FOLDER HOME. Prints one line of JSON (a FirstBatch).
import * as tf from '@tensorflow/tfjs-core';
import { trainingNeeds } from '../../src-main/app/training.ts';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import { isPackedPath } from '../../src-shared/data/packed-path.ts';
import { ImagePipeline } from '../../src-worker/data/image-pipeline.ts';
import { createProgram } from '../../src-worker/engine/create-program.ts';
import { loadEngine } from '../../src-worker/engine/runtime.ts';
import { microBatches } from '../../src-worker/train/batch-sizes.ts';
import { PlanFeeder } from '../../src-worker/train/feeder.ts';
import type { FirstBatch } from '../plan-section.ts';

const [folder, home] = process.argv.slice(2) as [string, string];
const { config } = resolveConfig({ config: 'vit:b16,cifar10', overrides: [], hasCheckpoint: true });
const { pp, vitrine } = config;
const phases: Record<string, number> = {};

async function phase<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  phases[name] = (performance.now() - start) / 1000;
  return result;
}

const engine = await loadEngine('tensorflow');
const { selections } = await phase('opening', () =>
  trainingNeeds(home).prepare(folder, {
    splits: [pp.train, pp.test],
    exif: vitrine.exif,
    skipBad: false,
    signal: new AbortController().signal,
    onProgress: () => {},
  }),
);
const train = selections[pp.train]!;
const pipeline = new ImagePipeline({
  name: 'train',
  mode: 'train',
  batch: config.batch / microBatches(config),
  parallelism: engine.threads.intra,
  preprocessing: plainResize([pp.crop!, pp.crop!]),
  cropAreaMin: vitrine.crop_area_min,
  flip: vitrine.flip,
  packed: train.paths.some(isPackedPath),
  augmentation: vitrine.aug,
});
const program = await phase('graph', () =>
  createProgram(engine, {
    name: 'first-batch',
    state: {},
    pipelines: { train: pipeline },
    // Only a number crosses to JavaScript, as in a training step.
    methods: { next: { pipeline: 'train', run: (_, { images }) => ({ outputs: { mean: tf.mean(images!) } }) } },
  }),
);
await phase('plan and bytes', () => new PlanFeeder(program, train, config).prepare(1));
const { mean } = await phase('batch', () => program.call('next'));
if (!Number.isFinite(mean!.data[0])) throw new Error(`the batch's mean is ${mean!.data[0]}`);
const result: FirstBatch = { version: engine.version, images: train.paths.length, phases };
console.log(JSON.stringify(result));
