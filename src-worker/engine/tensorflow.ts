import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import type { TFJSBinding } from './binding.ts';
import { registerGradients } from './gradients.ts';

const require = createRequire(import.meta.url);

/**
 * Loads TensorFlow from `directory` and makes it tfjs's backend, called `tensorflow`. The published kernels are used
 * as they are; their own loader is not, because it looks for a TensorFlow of its own (2.9, CUDA 11).
 * Throws whatever loading throws.
 */
export async function loadTensorFlow(directory: string): Promise<TFJSBinding> {
  const file = join(directory, 'tfjs_binding.node');
  if (!existsSync(file)) throw new Error(`${file} is missing`);
  restoreNodeUtil();
  const binding = require(file) as TFJSBinding;
  const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js') as {
    NodeJSKernelBackend: new (binding: TFJSBinding, packageName: string) => KernelBackend;
  };
  registerGradients();
  const backend = new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu');
  tf.registerBackend('tensorflow', () => backend);
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
  if (!(await tf.setBackend('tensorflow'))) throw new Error('tfjs refused the TensorFlow backend');
  return binding;
}

/** tfjs-node still calls two functions that Node deprecated, and took out of `util` from version 23 on. */
function restoreNodeUtil(): void {
  const util = require('node:util') as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray = Array.isArray; // still there in some versions, with a warning
}
