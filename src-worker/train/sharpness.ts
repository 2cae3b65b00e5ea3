import * as tf from '@tensorflow/tfjs-core';
import { globalNorm, mapTensors, valueAndGradients, type NamedTensors } from './gradients.ts';

/** Sharpness-aware minimisation around any optimizer. */
export interface Sharpness {
  kind: 'sam' | 'gsam';
  /** Length of the way to the worse point; GSAM's at the highest learning rate. */
  rho: number;
  /** GSAM's share of the ascent. */
  alpha: number;
  /** The learning rate at which GSAM's way is `rho` long. */
  maxRate: number;
}

/** Keeps a gradient of nothing but zeros from being divided by 0; as in the authors' code. */
const EPSILON = 1e-12;

interface LossAndGradients {
  value: tf.Scalar;
  gradients: NamedTensors;
}

/**
 * The loss at the parameters, and the gradients to descend by:
 * - SAM (arXiv:2010.01412): those at the worse point p + ρ · g / ‖g‖, with g the gradients at p.
 * - GSAM (arXiv:2203.08065): the same, g', less α times the part of g that is orthogonal to g'. ρ is in proportion to the
 *   learning rate, as in the authors' code with a lowest ρ and a lowest rate of 0.
 * Each micro-batch goes to a worse point of its own, as there each device does (the paper's m-sharpness).
 * @param lr scalar, of this update
 */
export function sharpGradients(
  loss: (params: NamedTensors) => tf.Scalar,
  params: NamedTensors,
  { kind, rho, alpha, maxRate, lr }: Sharpness & { lr: tf.Tensor | undefined },
): LossAndGradients {
  const clean = valueAndGradients(loss, params);
  const length = kind === 'gsam' && maxRate > 0 ? tf.mul(lr!, rho / maxRate) : tf.scalar(rho);
  const scale = tf.div(length, tf.add(globalNorm(clean.gradients), EPSILON));
  const worse = mapTensors(params, (p, name) => tf.add(p, tf.mul(clean.gradients[name]!, scale)));
  const robust = valueAndGradients(loss, worse).gradients;
  if (kind === 'sam') return { value: clean.value, gradients: robust };
  // g minus its projection on g': ⟨g, g'⟩ / ‖g'‖² · g'
  const unit = tf.add(globalNorm(robust), EPSILON);
  const projection = tf.div(dot(clean.gradients, robust), tf.square(unit));
  const gradients = mapTensors(robust, (g, name) =>
    tf.sub(g, tf.mul(tf.sub(clean.gradients[name]!, tf.mul(g, projection)), alpha)),
  );
  return { value: clean.value, gradients };
}

function dot(a: NamedTensors, b: NamedTensors): tf.Tensor {
  return Object.keys(a)
    .map((name) => tf.sum(tf.mul(a[name]!, b[name]!)))
    .reduce((sum, part) => tf.add(sum, part));
}
