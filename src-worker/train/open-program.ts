import type { RunConfig } from '../../src-shared/config/run-config.ts';
import type { TrainInput } from '../../src-shared/contract/worker.ts';
import { mixes } from '../../src-shared/data/mix-plan.ts';
import { isPackedPath } from '../../src-shared/data/packed-path.ts';
import { ImagePipeline } from '../data/image-pipeline.ts';
import { createProgram } from '../engine/create-program.ts';
import type { ProgramSpec } from '../engine/program.ts';
import type { Engine } from '../engine/runtime.ts';
import { towerDevices } from '../engine/tower-devices.ts';
import { evalBatch, microBatches } from './batch-sizes.ts';
import { openLinearProbe, probeProgram, type OpenProbe } from './linear-probe.ts';
import { optimizerOf, sharpnessOf } from './optimizers.ts';
import type { Start } from './run-start.ts';
import { trainProgram, type TrainProgramOptions } from './train-program.ts';

/** What trains, and the part of the model that isn't in it; null when it was stopped before that was made. */
export async function openProgram(input: TrainInput, start: Start & { engine: Engine }): Promise<OpenProbe | null> {
  const { config, train, test } = input;
  const { preprocessing, engine } = start;
  const training = trainingOptions(config, start);
  const testBatch = evalBatch(config, test.paths.length);
  if (config.vitrine.train === 'probe') return openLinearProbe(input, { ...start, evalBatch: testBatch, training });
  const common = {
    parallelism: engine.threads.intra,
    preprocessing,
    cropAreaMin: config.vitrine.crop_area_min,
    flip: config.vitrine.flip,
  };
  const pipeline = new ImagePipeline({
    ...common,
    name: 'train',
    mode: 'train',
    batch: training.microBatch,
    packed: train.paths.some(isPackedPath),
    augmentation: config.vitrine.aug,
  });
  const evalPipeline = new ImagePipeline({
    ...common,
    name: 'eval',
    mode: 'eval',
    batch: testBatch,
    packed: test.paths.some(isPackedPath),
  });
  const spec = trainProgram({ ...training, pipeline, ...(testBatch > 0 ? { evalPipeline } : {}) });
  const devices = towerDevices(engine, config.vitrine.devices);
  for (const text of devices.notes) start.context.emit({ type: 'note', text });
  return { program: await createProgram(engine, spec, { devices: devices.names }), frozen: new Map() };
}

/** The program that trains, as far as its states go. */
export function specOf({ config }: TrainInput, start: Start): ProgramSpec {
  const training = trainingOptions(config, start);
  if (config.vitrine.train !== 'probe') return trainProgram(training);
  return probeProgram(training, 0);
}

/** How a configuration trains, wherever its batches come from. */
function trainingOptions(
  config: RunConfig,
  { architecture, trained }: Pick<Start, 'architecture' | 'trained'>,
): TrainProgramOptions {
  const { model, vitrine } = config;
  const accumSteps = microBatches(config);
  return {
    architecture,
    microBatch: config.batch / accumSteps,
    accumSteps,
    gradNormClip: config.grad_norm_clip,
    optimizer: optimizerOf(vitrine.optim, architecture),
    sharpness: sharpnessOf(vitrine.optim, config.base_lr),
    ema: vitrine.ema,
    trained,
    // A Mixer has no dropout.
    dropoutRate: 'transformer' in model ? model.transformer.dropout_rate : 0,
    attentionDropoutRate: 'transformer' in model ? model.transformer.attention_dropout_rate : 0,
    mixing: mixes(vitrine.aug),
    labelSmoothing: vitrine.label_smoothing,
    dropPathRate: vitrine.stochastic_depth,
    precision: vitrine.precision,
    recompute: vitrine.recompute,
    devices: vitrine.devices,
  };
}
