import { attrType } from '../engine/graph/graph-builder.ts';
import type { FunctionBody } from './function-body.ts';

/** Philox in TensorFlow's enumeration of generators. */
const PHILOX = 1;

/** float32 numbers of a constant shape from a seed, int32 [2]. */
export function statelessDraw(
  body: FunctionBody,
  op: 'StatelessRandomUniformV2' | 'StatelessRandomNormalV2',
  { seed, shape }: { seed: string; shape: readonly number[] },
): string {
  const keyed = body.node('StatelessRandomGetKeyCounter', [seed], { Tseed: attrType('int32') });
  const inputs = [body.ints([...shape]), `${keyed}:key:0`, `${keyed}:counter:0`, body.int(PHILOX)];
  return body.op(op, inputs, { dtype: attrType('float32'), Tshape: attrType('int32') }, 'output');
}

/** The seed beside an image's own: the crop draws from that, the flip from its first neighbour. */
export function neighbouringSeed(body: FunctionBody, by: number): string {
  return body.op('Add', ['seed', body.ints([by, by])], { T: attrType('int32') }, 'z');
}
