import * as tf from '@tensorflow/tfjs-core';
import type { VitArchitecture } from '../../src-shared/models/architecture.ts';
import { textParams, type TextArchitecture } from '../../src-shared/models/lit.ts';
import { vitParams } from '../../src-shared/models/vit-params.ts';
import type { ProgramSpec, StateSpec, Tensors } from '../engine/program.ts';
import type { ParamTensors } from '../layers/dense.ts';
import { bert } from './bert.ts';
import type { ForwardOptions } from './forward-options.ts';
import { textTransformer } from './text-transformer.ts';
import { vit } from './vit.ts';

/** Keeps a division by a norm of 0 finite; vit_jax adds it to every norm. */
const NORM_EPSILON = 1e-8;

type Tap = Pick<ForwardOptions, 'onIntermediate'>;

/**
 * The embedding of images: the ViT's output at length 1. images [B, H, W, 3] in [-1, 1] -> [B, outDim].
 * Intermediates: those of `vit`, norm, normalized.
 */
export function embedImages(
  params: ParamTensors,
  images: tf.Tensor4D,
  options: Tap & { architecture: VitArchitecture },
): tf.Tensor2D {
  return normalized(vit(params, images, options) as tf.Tensor2D, options);
}

/**
 * The embedding of texts: the tower's output at length 1. tokens int32 [B, N] -> [B, outDim].
 * Intermediates: those of `bert` or `textTransformer`, norm, normalized.
 */
export function embedTexts(
  params: ParamTensors,
  tokens: tf.Tensor2D,
  { architecture, ...options }: Tap & { architecture: TextArchitecture },
): tf.Tensor2D {
  const embedded =
    architecture.kind === 'bert'
      ? bert(params, tokens, { ...options, architecture })
      : textTransformer(params, tokens, { ...options, architecture });
  return normalized(embedded, options);
}

/** z / (|z| + 1e-8), row by row. [B, outDim] -> [B, outDim]. */
function normalized(z: tf.Tensor2D, { onIntermediate }: Tap): tf.Tensor2D {
  const norm = tf.sqrt(tf.sum(tf.square(z), 1, true)); // [B, 1]
  const unit = tf.div<tf.Tensor2D>(z, tf.add(norm, NORM_EPSILON));
  onIntermediate?.('norm', norm);
  onIntermediate?.('normalized', unit);
  return unit;
}

export interface TowerProgramOptions<A> {
  architecture: A;
  batch: number;
  /** To give beside the embedding, by name. */
  intermediates?: readonly string[];
}

/** The image tower as a program: `embed` takes `images` [batch, H, W, 3] and gives `embedding` [batch, outDim]. */
export function imageTowerProgram(options: TowerProgramOptions<VitArchitecture>): ProgramSpec {
  const { architecture, batch } = options;
  const shapes = [...vitParams(architecture)].map(([name, { shape }]): [string, readonly number[]] => [name, shape]);
  const images = { shape: [batch, ...architecture.imageSize, 3], dtype: 'float32' as const };
  return towerProgram('lit-image', shapes, {
    feeds: { images },
    wanted: options.intermediates,
    embed: (params, feeds, tap) => embedImages(params, feeds['images'] as tf.Tensor4D, { architecture, ...tap }),
  });
}

/**
 * The text tower as a program: `embed` takes `tokens` int32 [batch, maxLen], each in [0, vocabSize), and gives
 * `embedding` [batch, outDim].
 */
export function textTowerProgram(options: TowerProgramOptions<TextArchitecture> & { maxLen: number }): ProgramSpec {
  const { architecture, batch, maxLen } = options;
  return towerProgram('lit-text', [...textParams(architecture)], {
    feeds: { tokens: { shape: [batch, maxLen], dtype: 'int32' } },
    wanted: options.intermediates,
    embed: (params, feeds, tap) => embedTexts(params, feeds['tokens'] as tf.Tensor2D, { architecture, ...tap }),
  });
}

interface Tower {
  feeds: NonNullable<ProgramSpec['methods'][string]['feeds']>;
  wanted: readonly string[] | undefined;
  embed: (params: Tensors, feeds: Tensors, tap: Tap) => tf.Tensor2D;
}

function towerProgram(
  name: string,
  shapes: readonly (readonly [string, readonly number[]])[],
  { feeds, wanted, embed }: Tower,
): ProgramSpec {
  const names = new Set(wanted);
  const state = shapes.map(([path, shape]): [string, StateSpec] => [path, { shape, dtype: 'float32' }]);
  return {
    name,
    state: Object.fromEntries(state),
    methods: {
      embed: {
        feeds,
        run: (params, fed) => {
          const outputs: Tensors = {};
          const embedding = embed(params, fed, {
            onIntermediate: (intermediate, tensor) => {
              if (names.has(intermediate)) outputs[intermediate] = tensor;
            },
          });
          return { outputs: { ...outputs, embedding } };
        },
      },
    },
  };
}
