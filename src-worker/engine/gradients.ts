import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Registers the ops' gradients with tfjs-core. On Node they come only with the union package `@tensorflow/tfjs`
 * (tfjs-core's own Node build leaves them out). It brings a plain JavaScript backend too, which is taken away again:
 * nothing may run there unnoticed.
 */
export function registerGradients(): void {
  createRequire(import.meta.url)('@tensorflow/tfjs');
  if (tf.findBackendFactory('cpu') !== null) tf.removeBackend('cpu');
  if (tf.getGradient('BatchMatMul') === undefined) throw new Error('tfjs and tfjs-core are not the same instance');
}
