import type * as tf from '@tensorflow/tfjs-core';
import type { Architecture, Family } from '../../src-shared/models/architecture.ts';
import type { ParamTensors } from '../layers/dense.ts';
import type { ForwardOptions } from './forward-options.ts';
import { deit } from './deit.ts';
import { hybrid } from './hybrid.ts';
import { mixer } from './mixer.ts';
import { vit } from './vit.ts';

type Forward<A extends Architecture> = (
  params: ParamTensors,
  images: tf.Tensor4D,
  options: ForwardOptions & { architecture: A },
) => tf.Tensor;

/** The families of models: one line each. Their parameters stand in src-shared/models/family-params.ts. */
export const FAMILIES = { vit, hybrid, mixer, deit } satisfies {
  [F in Family]: Forward<Extract<Architecture, { family: F }>>;
};

/** The forward pass of any model. */
export const forward: Forward<Architecture> = (params, images, options) =>
  (FAMILIES[options.architecture.family] as Forward<Architecture>)(params, images, options);
