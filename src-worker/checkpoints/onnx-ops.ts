import * as tf from '@tensorflow/tfjs-core';
import type { OnnxNode } from '../../src-shared/onnx/model.ts';

/** float32, or the numbers of an int64 tensor. */
export type OnnxValue = tf.Tensor | number[];

type Attributes = OnnxNode['attributes'];
type Op = (inputs: readonly OnnxValue[], attributes: Attributes) => OnnxValue;

/**
 * The ops that exports use, as the ONNX specification has them (opset 17), in tfjs. Written for reading back what was
 * written, not for models of others: each does what exports ask of it.
 */
export const ONNX_OPS: Readonly<Record<string, Op>> = {
  Add: ([a, b]) => tf.add(floats(a), floats(b)),
  Mul: ([a, b]) => tf.mul(floats(a), floats(b)),
  Tanh: ([x]) => tf.tanh(floats(x)),
  Erf: ([x]) => tf.erf(floats(x)),
  Relu: ([x]) => tf.relu(floats(x)),
  Softmax: ([x]) => tf.softmax(floats(x)),
  Identity: ([x]) => tf.clone(floats(x)),
  MatMul: ([a, b]) => matMul(floats(a), floats(b)),
  Transpose: ([x], { perm }) => tf.transpose(floats(x), intsOf(perm)),
  Reshape: ([x, shape]) => {
    const from = floats(x).shape;
    return tf.reshape(floats(x), ints(shape).map((size, i) => (size === 0 ? from[i]! : size))); // prettier-ignore
  },
  Shape: ([x]) => [...floats(x).shape],
  Expand: ([x, shape]) => tf.broadcastTo(floats(x), ints(shape)),
  Concat: (inputs, { axis }) =>
    Array.isArray(inputs[0]) ? inputs.flatMap(ints) : tf.concat(inputs.map(floats), intOf(axis)),
  Slice: ([x, starts, ends, axes]) => slice(x!, ints(starts), { ends: ints(ends), axes: axes ? ints(axes) : [0] }),
  Gather: ([x, index], { axis }) => {
    const at = floats(x).shape.map((_, i) => (i === intOf(axis) ? ints(index)[0]! : 0));
    const size = floats(x).shape.map((d, i) => (i === intOf(axis) ? 1 : d));
    return tf.squeeze(tf.slice(floats(x), at, size), [intOf(axis)]);
  },
  ReduceMean: ([x], { axes, keepdims }) => tf.mean(floats(x), intsOf(axes), intOf(keepdims) === 1),
  Pad: ([x, pads]) => tf.pad(floats(x), pairs(ints(pads))),
  LayerNormalization: ([x, scale, bias], { axis, epsilon }) => {
    const normed = normalised(floats(x), [intOf(axis)], floatOf(epsilon));
    return tf.add(tf.mul(normed, floats(scale)), floats(bias));
  },
  InstanceNormalization: ([x, scale, bias], { epsilon }) => {
    const normed = normalised(floats(x), [2], floatOf(epsilon)); // [B, C, N]
    return tf.add(tf.mul(normed, tf.reshape(floats(scale), [-1, 1])), tf.reshape(floats(bias), [-1, 1]));
  },
  Conv: ([x, kernel], { pads, strides }) => {
    const weights = tf.transpose(floats(kernel) as tf.Tensor4D, [2, 3, 1, 0]); // OIHW -> HWIO
    const convolved = tf.conv2d(
      channelsLast(x, intsOf(pads), 0),
      weights,
      intsOf(strides) as [number, number],
      'valid',
    );
    return tf.transpose(convolved, [0, 3, 1, 2]);
  },
  MaxPool: ([x], { pads, strides, kernel_shape }) => {
    const padded = channelsLast(x, intsOf(pads), LOWEST);
    const pooled = tf.maxPool(padded, intsOf(kernel_shape) as [number, number], intsOf(strides) as [number, number], 'valid'); // prettier-ignore
    return tf.transpose(pooled, [0, 3, 1, 2]);
  },
};

/** The lowest float32: padding that no maximum is. */
const LOWEST = -3.4028234663852886e38;

function normalised(x: tf.Tensor, axes: number[], epsilon: number): tf.Tensor {
  const { mean, variance } = tf.moments(x, axes, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
}

/** [..., I] x [I, O], or matrices of equal batch dimensions. */
function matMul(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (b.rank !== 2) return tf.matMul(a, b);
  const [inputs, outputs] = b.shape as [number, number];
  const product = tf.matMul(tf.reshape(a, [-1, inputs]), b);
  return tf.reshape(product, [...a.shape.slice(0, -1), outputs]);
}

function slice(x: OnnxValue, starts: number[], { ends, axes }: { ends: number[]; axes: number[] }): OnnxValue {
  if (Array.isArray(x)) return x.slice(starts[0], ends[0]);
  const begin = x.shape.map((_, i) => starts[axes.indexOf(i)] ?? 0);
  const end = x.shape.map((size, i) => ends[axes.indexOf(i)] ?? size);
  return tf.slice(x, begin, end.map((to, i) => to - begin[i]!)); // prettier-ignore
}

/** [B, C, H, W] -> [B, H, W, C] with [top, left, bottom, right] around it. */
function channelsLast(x: OnnxValue | undefined, pads: number[], value: number): tf.Tensor4D {
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const images = tf.transpose(floats(x) as tf.Tensor4D, [0, 2, 3, 1]);
  if (pads.every((size) => size === 0)) return images;
  return tf.pad4d(images, [[0, 0], [top, bottom], [left, right], [0, 0]], value); // prettier-ignore
}

/** ONNX says all margins before, then all after. */
function pairs(pads: number[]): [number, number][] {
  const rank = pads.length / 2;
  return Array.from({ length: rank }, (_, i) => [pads[i]!, pads[rank + i]!]);
}

function floats(value: OnnxValue | undefined): tf.Tensor {
  if (!value || Array.isArray(value)) throw new Error('float32 was expected');
  return value;
}

function ints(value: OnnxValue | undefined): number[] {
  if (!Array.isArray(value)) throw new Error('int64 was expected');
  return value;
}

type Given = Attributes[string] | undefined;

function intOf(attribute: Given): number {
  if (!attribute || !('int' in attribute)) throw new Error('an integer attribute was expected');
  return attribute.int;
}

function intsOf(attribute: Given): number[] {
  if (!attribute || !('ints' in attribute)) throw new Error('an attribute of integers was expected');
  return [...attribute.ints];
}

function floatOf(attribute: Given): number {
  if (!attribute || !('float' in attribute)) throw new Error('a float attribute was expected');
  return attribute.float;
}
