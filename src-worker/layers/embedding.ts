import * as tf from '@tensorflow/tfjs-core';
import { nodeBackend, type NodeBackend } from '../engine/node-backend.ts';
import { param, type ParamTensors } from './dense.ts';

/**
 * Rows of the table [V, D] at `path`/embedding. ids int32 [...] -> [..., D]. Ids must be in [0, V): what lies outside
 * is undefined, so callers check before they feed.
 */
export function embedding(params: ParamTensors, path: string, ids: tf.Tensor): tf.Tensor {
  const table = param(params, `${path}/embedding`);
  const backend = nodeBackend();
  // tfjs's own kernel for TensorFlow reads the ids to check them, which a recorded program can't.
  return backend ? gatherRows(backend, table, ids) : tf.gather(table, ids);
}

function gatherRows(backend: NodeBackend, table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const { binding } = backend;
  const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
  const attributes = [
    { name: 'batch_dims', type: binding.TF_ATTR_INT, value: 0 },
    type('Tparams', binding.TF_FLOAT),
    type('Tindices', binding.TF_INT32),
    type('Taxis', binding.TF_INT32),
  ];
  const inputs = backend.getInputTensorIds([table, ids, tf.scalar(0, 'int32')]);
  const [rows] = binding.executeOp('GatherV2', attributes, inputs, 1);
  return backend.createOutputTensor(rows!);
}
