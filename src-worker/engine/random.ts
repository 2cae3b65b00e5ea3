import * as tf from '@tensorflow/tfjs-core';
import { nodeBackend, type NodeBackend } from './node-backend.ts';

/** TensorFlow's enumeration of counter-based generators: fixed, so that XLA and plain kernels draw the same numbers. */
const PHILOX = 1;

/**
 * Uniform numbers in [0, 1) that depend on nothing but the seed and the stream: float32 of `shape`.
 * On TensorFlow its stateless ops, which can be recorded (tfjs's own draw in JavaScript and would become constants).
 * Elsewhere a generator in JavaScript: other numbers, the same guarantee.
 * @param seed int32 [2].
 * @param stream separates the draws that share a seed.
 */
export function statelessUniform(shape: readonly number[], seed: tf.Tensor1D, stream: number): tf.Tensor {
  const streamed = tf.add(seed, tf.tensor1d([stream * 0x9e37, stream], 'int32')); // [2]
  const backend = nodeBackend();
  return backend ? philox(backend, shape, streamed) : fallback(shape, streamed);
}

function philox(backend: NodeBackend, shape: readonly number[], seed: tf.Tensor): tf.Tensor {
  const { binding } = backend;
  const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
  const shapeTensor = tf.tensor1d([...shape], 'int32');
  const algTensor = tf.scalar(PHILOX, 'int32');
  const [seedId, shapeId, algId] = backend.getInputTensorIds([seed, shapeTensor, algTensor]) as [
    number,
    number,
    number,
  ];
  // Keys and counters are uint64, which tfjs has no tensors for: they stay ids of the binding.
  const [key, counter] = binding.executeOp(
    'StatelessRandomGetKeyCounter',
    [type('Tseed', binding.TF_INT32)],
    [seedId],
    2,
  );
  const [drawn] = binding.executeOp(
    'StatelessRandomUniformV2',
    [type('dtype', binding.TF_FLOAT), type('Tshape', binding.TF_INT32)],
    [shapeId, key!.id, counter!.id, algId],
    1,
  );
  binding.deleteTensor(key!.id);
  binding.deleteTensor(counter!.id);
  return backend.createOutputTensor(drawn!);
}

function fallback(shape: readonly number[], seed: tf.Tensor): tf.Tensor {
  const [a, b] = seed.dataSync() as Int32Array;
  return tf.randomUniform([...shape], 0, 1, 'float32', `${a}:${b}`);
}
