import * as tf from '@tensorflow/tfjs-core';
import { DT } from './graph/proto.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { nodeBackend, type NodeBackend } from './node-backend.ts';
import { currentTower } from './towers.ts';

/** Philox in TensorFlow's enumeration of counter-based generators: fixed, since the default depends on the device. */
const PHILOX = 1;

/**
 * Uniform numbers in [0, 1) that depend on nothing but the seed and the stream: float32 of `shape`.
 * On TensorFlow its stateless ops, which can be recorded (tfjs's own draw in JavaScript and would become constants).
 * Elsewhere a generator in JavaScript: other numbers, the same guarantee.
 * @param seed int32 [2].
 * @param stream separates the draws that share a seed; not negative.
 */
export function statelessUniform(shape: readonly number[], seed: tf.Tensor1D, stream: number): tf.Tensor {
  const backend = nodeBackend();
  const { index, count } = currentTower() ?? { index: 0, count: 1 };
  const before = index * sizeOfShape(shape);
  const draws = { seed, stream, skipped: before / PER_COUNT };
  if (count === 1 || (backend && before % PER_COUNT === 0)) {
    return backend ? philox(backend, shape, draws) : fallback(shape, draws);
  }
  // The part of the whole batch's numbers that are this tower's.
  const [rows = 1, ...rest] = shape;
  const whole = [rows * count, ...rest];
  const all = backend ? philox(backend, whole, { ...draws, skipped: 0 }) : fallback(whole, draws);
  return tf.slice(all, [index * rows, ...rest.map(() => 0)], [rows, ...rest]);
}

/** Numbers that one count of Philox's counter gives. */
const PER_COUNT = 4;

interface Draws {
  seed: tf.Tensor1D;
  stream: number;
  /** Counts of the generator that are left out at the start. */
  skipped: number;
}

/**
 * The seed is Philox's key, the stream the upper half of its counter, whose lower half counts the numbers of one draw.
 * (TensorFlow's own way from a seed to a key, StatelessRandomGetKeyCounter, gives others under XLA than without.)
 */
function philox(backend: NodeBackend, shape: readonly number[], { seed, stream, skipped }: Draws): tf.Tensor {
  const { binding } = backend;
  const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
  const inputs = [
    tf.reshape(seed, [1, 2]),
    tf.tensor1d([skipped, stream], 'int32'),
    tf.tensor1d([...shape], 'int32'),
    tf.scalar(PHILOX, 'int32'),
  ];
  const [seedId, streamId, shapeId, algId] = backend.getInputTensorIds(inputs) as [number, number, number, number];
  // Keys and counters are uint64, which tfjs has no tensors for: they stay ids of the binding.
  const toKey = [type('T', binding.TF_INT32), type('type', DT.uint64)];
  const [key] = binding.executeOp('Bitcast', toKey, [seedId], 1); // int32 [1, 2] -> uint64 [1]
  const toCounter = [type('SrcT', binding.TF_INT32), type('DstT', DT.uint64)];
  const [counter] = binding.executeOp('Cast', toCounter, [streamId], 1); // [2]
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

function fallback(shape: readonly number[], { seed, stream }: Draws): tf.Tensor {
  const [a, b] = seed.dataSync() as Int32Array;
  return tf.randomUniform([...shape], 0, 1, 'float32', `${a}:${b}:${stream}`);
}
