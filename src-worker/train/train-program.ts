import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { Params } from '../../src-shared/models/params.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { isHead } from '../../src-shared/models/trained-params.ts';
import type { Pipeline } from '../engine/pipeline.ts';
import type { MethodSpec, Precision, ProgramSpec, StateSpec, TensorSpec, Tensors } from '../engine/program.ts';
import { makeDropPath } from '../layers/drop-path.ts';
import { makeDropout } from '../layers/dropout.ts';
import { recomputing } from '../layers/recompute.ts';
import type { ForwardOptions } from '../models/forward-options.ts';
import { headLogits } from '../models/head.ts';
import { forward } from '../models/registry.ts';
import { EMA, emaStates, emaUpdate } from './ema.ts';
import {
  clipByGlobalNorm,
  globalNorm,
  mapTensors,
  valueAndGradients,
  withPrefix,
  type NamedTensors,
} from './gradients.ts';
import { smoothLabels, softmaxCrossEntropy } from './loss.ts';
import { MIX_FEED, mixed } from './mix.ts';
import type { Optimizer } from './optimizer.ts';
import { sgd, TRACE } from './sgd-momentum.ts';
import { towers, type Batch } from './towers.ts';
import { sharpGradients, type Sharpness } from './sharpness.ts';

export interface TrainProgramOptions {
  architecture: Architecture;
  /** Images in one micro-batch: batch / accumSteps. */
  microBatch: number;
  accumSteps: number;
  gradNormClip: number;
  /** vit_jax's SGD with momentum if not given. */
  optimizer?: Optimizer;
  /** Names of the parameters that learn, all if not given; the rest is constant and has neither gradients nor optimizer. */
  trained?: readonly string[];
  /** Gradients are those of a worse point nearby. */
  sharpness?: Sharpness;
  /** Decay of the running mean of what learns; 0: none is kept. */
  ema?: number;
  /**
   * The model is its heads alone, and `images` are what those see: features [B, width], fed with int32 labels. Evaluation
   * batches (none: 0 images) are fed too.
   */
  features?: { width: number; evalBatch: number };
  dropoutRate: number;
  attentionDropoutRate: number;
  /** Images of a batch are mixed as the feed `mix` says (mix.ts). */
  mixing?: boolean;
  /** Share of each label that is spread over all classes. */
  labelSmoothing?: number;
  /** Stochastic depth: the last block's probability of being left out, for each image. */
  dropPathRate?: number;
  /** Of what computes gradients; evaluation is float32. float32 if not given. */
  precision?: Precision;
  /** Compute the inside of blocks again for the gradient. */
  recompute?: boolean;
  /** Equal parts of a micro-batch that are computed side by side, their gradients averaged; 1 if not given. */
  devices?: number;
  /** Where micro-batches come from; without it, the caller feeds `images` and one-hot `labels`. */
  pipeline?: Pipeline;
  /** Evaluation batches, for the method `evaluate`. */
  evalPipeline?: Pipeline;
}

/**
 * Names of the state: parameters under `params/`, the optimizer's own, running means under `ema/`, sums under `sum/` when
 * accumulating.
 */
export const PARAMS = 'params/';
const SUM = 'sum/';
const LOSS_SUM = 'loss_sum';

/** What a run must keep to go on where it stands: parameters and the optimizer's state, between two updates. */
export function statesToKeep({ state }: ProgramSpec): string[] {
  return Object.keys(state).filter((name) => !name.startsWith(SUM) && name !== LOSS_SUM);
}

/**
 * Fine-tuning as a program. Methods:
 * - `train`: one update from one batch; outputs `loss` (before the update), `grad_norm` (before clipping).
 * - `accumulate` (instead, with accumSteps > 1): adds a micro-batch's gradients; then `apply`: averages and updates.
 * - `evaluate`: `logits` of an evaluation batch with its `labels` and `weights`; where there is a running mean, those of it
 *   too, `logits_ema`: of the same images, decoded once, and through what is frozen once.
 * - `gradients`: the loss's gradients at the current parameters, without an update (only without a pipeline; for tests).
 * Gradients and their norm are those of the parameters that learn.
 */
export function trainProgram(options: TrainProgramOptions): ProgramSpec {
  const { features, optimizer = sgd, ema = 0, sharpness } = options;
  const specs = features ? headsOf(options.architecture) : paramsOf(options.architecture);
  const names = [...specs.keys()];
  const { trained = names } = options;
  const learning = new Map(trained.map((name) => [name, specs.get(name)!]));
  const frozen = names.filter((name) => !learning.has(name));
  const accumulating = options.accumSteps > 1;
  const state: Record<string, StateSpec> = {};
  for (const [name, { shape }] of specs) state[PARAMS + name] = { shape, dtype: 'float32' };
  Object.assign(state, optimizer.states(learning));
  if (ema > 0) Object.assign(state, emaStates(learning));
  if (accumulating) {
    for (const [name, { shape }] of learning) state[SUM + name] = { shape, dtype: 'float32' };
    state[LOSS_SUM] = { shape: [], dtype: 'float32' };
  }

  const update = (
    tensors: Tensors,
    lossAndGradients: { loss: tf.Tensor; gradients: NamedTensors },
    lr: tf.Tensor,
  ): ReturnType<MethodSpec['run']> => {
    const { loss, gradients } = lossAndGradients;
    const norm = globalNorm(gradients);
    const clipped = clipByGlobalNorm(gradients, norm, options.gradNormClip);
    const next = optimizer.update(take(tensors, PARAMS, trained), clipped, { state: tensors, lr });
    const means = ema > 0 ? emaUpdate(next.params, tensors, ema) : {};
    return {
      outputs: { loss, grad_norm: norm },
      state: { ...withPrefix(next.params, PARAMS), ...next.state, ...means },
    };
  };
  const lossAndGradients = (tensors: Tensors, feeds: Tensors): { loss: tf.Tensor; gradients: NamedTensors } => {
    const rest = take(tensors, PARAMS, frozen);
    const seed = feeds['seed'] as tf.Tensor1D;
    const params = take(tensors, PARAMS, trained);
    return towers(wholeBatch(options, feeds), options.devices, (batch) => {
      const loss = (params: NamedTensors): tf.Scalar => batchLoss(options, { ...rest, ...params }, { batch, seed });
      const { value, gradients } = sharpness
        ? sharpGradients(loss, params, { ...sharpness, lr: feeds['lr'] })
        : valueAndGradients(loss, params);
      return { loss: value, gradients };
    });
  };

  const random: Record<string, TensorSpec> = {
    seed: { shape: [2], dtype: 'int32' },
    ...(options.mixing ? { mix: MIX_FEED } : {}),
  };
  const lr: TensorSpec = { shape: [], dtype: 'float32' };
  const { precision } = options;
  /** GSAM's way to the worse point follows the learning rate. */
  const forGradients = sharpness?.kind === 'gsam' ? { ...random, lr } : random;
  const source = { ...batchSource(options), ...(precision ? { precision } : {}) };
  const methods: Record<string, MethodSpec> = {};
  if (accumulating) {
    methods['accumulate'] = {
      ...withFeeds(source, forGradients),
      run: (tensors, feeds) => {
        const { loss, gradients } = lossAndGradients(tensors, feeds);
        const sums = mapTensors(gradients, (g, name) => tf.add(tensors[SUM + name]!, g));
        return { outputs: { loss }, state: { ...withPrefix(sums, SUM), [LOSS_SUM]: tf.add(tensors[LOSS_SUM]!, loss) } };
      },
    };
    methods['apply'] = {
      feeds: { lr },
      run: (tensors, feeds) => {
        const gradients = mapTensors(take(tensors, SUM, trained), (sum) => tf.div(sum, options.accumSteps));
        const loss = tf.div(tensors[LOSS_SUM]!, options.accumSteps);
        const result = update(tensors, { loss, gradients }, feeds['lr']!);
        const cleared = withPrefix(
          mapTensors(gradients, (g) => tf.zeros(g.shape)),
          SUM,
        );
        return { outputs: result.outputs!, state: { ...result.state, ...cleared, [LOSS_SUM]: tf.scalar(0) } };
      },
    };
  } else {
    methods['train'] = {
      ...withFeeds(source, { ...random, lr }),
      run: (tensors, feeds) => update(tensors, lossAndGradients(tensors, feeds), feeds['lr']!),
    };
  }
  if (!options.pipeline) {
    methods['gradients'] = {
      ...withFeeds(source, forGradients),
      run: (tensors, feeds) => {
        const { loss, gradients } = lossAndGradients(tensors, feeds);
        return { outputs: { loss, norm: globalNorm(gradients), ...withPrefix(gradients, 'grad/') } };
      },
    };
  }
  const evaluation = evalSource(options);
  if (evaluation) {
    methods['evaluate'] = {
      ...evaluation,
      run: (tensors, { images, labels, weights }) => {
        const logits = (params: NamedTensors): tf.Tensor => modelLogits(options, params, { images: images! });
        const still = take(tensors, PARAMS, frozen);
        const mean: Tensors = ema > 0 ? { logits_ema: logits({ ...still, ...take(tensors, EMA, trained) }) } : {};
        return {
          outputs: { logits: logits(take(tensors, PARAMS, names)), ...mean, labels: labels!, weights: weights! },
        };
      },
    };
  }
  const pipelines: Record<string, Pipeline> = {};
  if (options.pipeline) pipelines['train'] = options.pipeline;
  if (options.evalPipeline) pipelines['eval'] = options.evalPipeline;
  return { name: 'train', state, methods, pipelines };
}

/** The state of a run that stands somewhere, as a program takes it. */
export function pointState(params: Params, trace: Params): Map<string, Float32Array> {
  const under = (prefix: string, tensors: Params): [string, Float32Array][] =>
    [...tensors].map(([name, { data }]) => [prefix + name, data]);
  return new Map([...under(PARAMS, params), ...under(TRACE, trace)]);
}

/** A batch with what belongs to all of it done: labels one-hot, images mixed with one another. */
function wholeBatch({ architecture, mixing }: TrainProgramOptions, feeds: Tensors): Batch {
  const given = feeds['labels']!;
  const labels = given.dtype === 'int32' ? tf.oneHot(given, architecture.numClasses!) : given; // [B] -> [B, C]
  const whole = { images: feeds['images'] as tf.Tensor4D, labels: tf.cast(labels, 'float32') };
  return mixing ? mixed(whole, feeds['mix'] as tf.Tensor1D) : whole;
}

function batchLoss(
  options: TrainProgramOptions,
  params: NamedTensors,
  { batch, seed }: { batch: Batch; seed: tf.Tensor1D },
): tf.Scalar {
  const { labelSmoothing = 0 } = options;
  const logits = modelLogits(options, params, { images: batch.images, ...draws(options, seed) });
  return softmaxCrossEntropy(logits, smoothLabels(batch.labels, labelSmoothing));
}

/** Logits [B, C] of images, or of features where the model is its heads. */
function modelLogits(
  { architecture, features }: TrainProgramOptions,
  params: NamedTensors,
  { images, ...options }: { images: tf.Tensor } & Pick<ForwardOptions, 'dropout' | 'dropPath' | 'runBlock'>,
): tf.Tensor {
  if (features) return headLogits(params, images, architecture);
  return forward(params, images as tf.Tensor4D, { architecture, ...options });
}

/** The parameters of the heads alone. */
function headsOf(architecture: Architecture): ReturnType<typeof paramsOf> {
  return new Map([...paramsOf(architecture)].filter(([name]) => isHead(name)));
}

/** What draws from a step's seed, and who may have to draw the same again. */
function draws(
  options: TrainProgramOptions,
  seed: tf.Tensor1D,
): Pick<ForwardOptions, 'dropout' | 'dropPath' | 'runBlock'> {
  const streams = { next: 0 };
  const { dropPathRate: rate = 0 } = options;
  return {
    dropout: {
      hidden: makeDropout(options.dropoutRate, seed, streams),
      attention: makeDropout(options.attentionDropoutRate, seed, streams),
    },
    dropPath: makeDropPath({ rate, depth: options.architecture.depth }, seed, streams),
    ...(options.recompute ? { runBlock: recomputing(streams) } : {}),
  };
}

type BatchSource = Pick<MethodSpec, 'feeds' | 'pipeline'>;

/** The training batch: from the pipeline, or fed with one-hot labels; or features. */
function batchSource({ pipeline, features, architecture, microBatch }: TrainProgramOptions): BatchSource {
  if (features) return { feeds: featureFeeds(features.width, microBatch) };
  if (pipeline) return { pipeline: 'train' };
  return {
    feeds: {
      images: { shape: [microBatch, ...architecture.imageSize, 3], dtype: 'float32' },
      labels: { shape: [microBatch, architecture.numClasses!], dtype: 'float32' },
    },
  };
}

/** The evaluation batch, where there is one. */
function evalSource({ evalPipeline, features }: TrainProgramOptions): BatchSource | null {
  if (evalPipeline) return { pipeline: 'eval' };
  if (!features || features.evalBatch === 0) return null;
  const { width, evalBatch } = features;
  return { feeds: { ...featureFeeds(width, evalBatch), weights: { shape: [evalBatch], dtype: 'float32' } } };
}

function featureFeeds(width: number, batch: number): Record<string, TensorSpec> {
  return { images: { shape: [batch, width], dtype: 'float32' }, labels: { shape: [batch], dtype: 'int32' } };
}

function withFeeds(source: Omit<MethodSpec, 'run'>, feeds: Record<string, TensorSpec>): Omit<MethodSpec, 'run'> {
  return { ...source, feeds: { ...source.feeds, ...feeds } };
}

function take(tensors: Tensors, prefix: string, names: readonly string[]): NamedTensors {
  return Object.fromEntries(names.map((name) => [name, tensors[prefix + name]!]));
}
