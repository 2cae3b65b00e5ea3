import type { TrainInput } from '../../src-shared/contract/worker.ts';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { Params } from '../../src-shared/models/params.ts';
import { isHead } from '../../src-shared/models/trained-params.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { createProgram } from '../engine/create-program.ts';
import type { Program, ProgramSpec } from '../engine/program.ts';
import type { Engine } from '../engine/runtime.ts';
import { featureWidth } from '../models/head.ts';
import { computeFeatures } from './compute-features.ts';
import { FeatureFiles, shardsOf } from './feature-files.ts';
import { FeatureProgram, type FeatureList } from './feature-program.ts';
import { FeatureStore } from './feature-store.ts';
import type { RunContext } from './run-record.ts';
import { startParams } from './start.ts';
import { trainProgram, type TrainProgramOptions } from './train-program.ts';

export interface ProbeOptions {
  context: RunContext;
  engine: Engine;
  checkpoint: Checkpoint;
  architecture: Architecture;
  preprocessing: Preprocessing;
  /** Images an evaluation scores at a time; 0 without a test split. */
  evalBatch: number;
  /** How the head is trained. */
  training: TrainProgramOptions;
}

export interface OpenProbe {
  /** Trains and evaluates the head on the features. */
  program: Program;
  /** The rest of the model. */
  frozen: Params;
}

/**
 * A linear probe: what the head sees of each image is computed once, with the preparation of an evaluation, and kept in
 * the workdir; then the head alone is trained on it.
 * @returns null when it was stopped before the features were there
 */
export async function openLinearProbe(input: TrainInput, options: ProbeOptions): Promise<OpenProbe | null> {
  const { context, engine, checkpoint, architecture, preprocessing, evalBatch, training } = options;
  const { workdir, config, manifestHash, train, test } = input;
  ineffective(config).forEach((text) => context.emit({ type: 'note', text }));
  const { params } = startParams(checkpoint, architecture, config.seed);
  const frozen: Params = new Map([...params].filter(([name]) => !isHead(name)));

  const width = featureWidth(architecture);
  const files = await FeatureFiles.open(workdir, { checkpoint: checkpoint.sha256, manifestHash, preprocessing, width });
  const shards = {
    train: shardsOf('train', train.paths.length, width),
    test: shardsOf('test', test.paths.length, width),
  };
  const all = [...shards.train, ...shards.test];
  const computed = await computeFeatures(input, all, {
    context,
    engine,
    architecture,
    params: frozen,
    preprocessing,
    files,
  });
  if (!computed) return null;

  const list = (split: 'train' | 'test'): FeatureList => ({
    store: new FeatureStore(files, shards[split], width),
    rows: new Map(input[split].paths.map((path, i) => [path, i])),
  });
  const program = await createProgram(engine, probeProgram(training, evalBatch));
  return { program: new FeatureProgram(program, { train: list('train'), eval: list('test') }), frozen };
}

/** The program that trains the heads on features, on one device: there is next to nothing to compute. */
export function probeProgram(training: TrainProgramOptions, evalBatch: number): ProgramSpec {
  const features = { width: featureWidth(training.architecture), evalBatch };
  return trainProgram({ ...training, mixing: false, devices: 1, features });
}

/** What the configuration asks for that features computed once can't follow. */
function ineffective({ model, vitrine }: TrainInput['config']): string[] {
  const { aug } = vitrine;
  const rates =
    'transformer' in model ? [model.transformer.dropout_rate, model.transformer.attention_dropout_rate] : [];
  const random = Object.values(aug).some((value) => value !== 0);
  return [
    'Features are of whole images, prepared as for an evaluation: training crops and mirroring play no part.',
    ...(random ? ['Augmentation (vitrine.aug) has no effect on features that are computed once.'] : []),
    ...([...rates, vitrine.stochastic_depth].some((rate) => rate > 0)
      ? ['Dropout and stochastic depth have no effect on features that are computed once.']
      : []),
  ];
}
