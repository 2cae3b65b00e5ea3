import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { loadEngine } from '../engine/runtime.ts';
import { ONNX_OPS, type OnnxValue } from './onnx-ops.ts';
import { readOnnx, type ReadOnnx } from './read-onnx.ts';

/**
 * Reads back an ONNX file that `exportOnnx` wrote and runs it node by node on this process's engine: images
 * [B, H, W, 3] -> logits. Weights are read when their turn comes, and values kept no longer than they are used.
 * @throws AppError bad_file for a file that isn't one of ours
 */
export async function runOnnx(path: string, images: NamedTensor): Promise<NamedTensor> {
  await loadEngine();
  const model = await readOnnx(path);
  const [input] = model.inputs;
  const [output] = model.outputs;
  if (input === undefined || output === undefined) throw new AppError('bad_file', `${path} has no input or no output.`);
  const lastUse = lastUses(model);
  const values = new Map<string, OnnxValue>();
  try {
    values.set(input, tf.tensor(images.data, [...images.shape], 'float32'));
    for (const [i, { op, inputs, outputs, attributes, name }] of model.nodes.entries()) {
      for (const needed of inputs) if (!values.has(needed)) values.set(needed, await initializer(model, needed, path));
      const run = ONNX_OPS[op];
      if (!run) throw new AppError('bad_file', `${path}, node "${name}": the op ${op} is none that exports use.`);
      const given = inputs.map((needed) => values.get(needed)!);
      values.set(
        outputs[0]!,
        compute(() => run(given, attributes)),
      );
      for (const used of new Set(inputs)) if (lastUse.get(used) === i) forget(values, used);
    }
    const result = values.get(output);
    if (!result || Array.isArray(result)) throw new AppError('bad_file', `${path}: nothing computes "${output}".`);
    return { shape: result.shape, data: (await result.data<'float32'>()).slice() };
  } finally {
    for (const name of [...values.keys()]) forget(values, name);
  }
}

/** By value, the place of the last node that takes it. */
function lastUses({ nodes }: ReadOnnx): Map<string, number> {
  return new Map(nodes.flatMap(({ inputs }, i) => inputs.map((name) => [name, i] as const)));
}

async function initializer(model: ReadOnnx, name: string, path: string): Promise<OnnxValue> {
  const found = model.initializers.get(name);
  if (!found) throw new AppError('bad_file', `${path}: "${name}" is used before anything computes it.`);
  const numbers = await found.read();
  return Array.isArray(numbers) ? numbers : tf.tensor(numbers, found.shape, 'float32');
}

/** Everything made on the way is disposed of but the result. */
function compute(run: () => OnnxValue): OnnxValue {
  let plain: number[] | undefined;
  const tensor = tf.tidy(() => {
    const value = run();
    if (!Array.isArray(value)) return value;
    plain = value;
    return undefined as unknown as tf.Tensor;
  });
  return plain ?? tensor;
}

function forget(values: Map<string, OnnxValue>, name: string): void {
  const value = values.get(name);
  if (value && !Array.isArray(value)) value.dispose();
  values.delete(name);
}
