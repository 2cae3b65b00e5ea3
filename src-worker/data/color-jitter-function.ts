import { JITTER_GREY, JITTER_ORDERS, jitterRange } from '../../src-shared/data/augment/color-jitter.ts';
import { attrType } from '../engine/graph/graph-builder.ts';
import type { FunctionDef } from '../engine/graph/proto.ts';
import { callOne, DRAWS, pixelFunction, PIXELS, type PixelBody } from './pixel-body.ts';

/** Brightness, contrast and saturation as functions; the k-th of DRAWS is the k-th's factor. */
export function jitterFunctions(name: string): FunctionDef[] {
  const blended = (body: PixelBody, base: string, step: number): string =>
    body.clip(body.blend(PIXELS, base, body.at(DRAWS, step)));
  return [
    pixelFunction(`${name}_brightness`, (body) => blended(body, body.float(0), 0)),
    pixelFunction(`${name}_contrast`, (body) =>
      blended(body, body.reduce('Mean', body.grey(PIXELS, JITTER_GREY), [0, 1, 2]), 1),
    ),
    pixelFunction(`${name}_saturation`, (body) => blended(body, body.grey(PIXELS, JITTER_GREY), 2)),
  ];
}

/** colorJitter in the graph: the three functions in a drawn order. @param draws float32 [4], uniform. */
export function jittered(
  body: PixelBody,
  { pixels, draws }: { pixels: string; draws: string },
  {
    strength,
    functions,
    size,
  }: { strength: number; functions: readonly FunctionDef[]; size: readonly [number, number] },
): string {
  const [low, high] = jitterRange(strength);
  const factors = body.add(body.float(low), body.mul(body.part(draws, 1, 3), body.float(high - low)));
  const orders = body.constant(Float32Array.from(JITTER_ORDERS.flat()), [JITTER_ORDERS.length, 3]);
  const row = body.floor(body.mul(body.at(draws, 0), body.float(JITTER_ORDERS.length)));
  const types = { Tparams: attrType('float32'), Tindices: attrType('int32'), Taxis: attrType('int32') };
  const inputs = [orders, body.cast(row, 'float32', 'int32'), body.int(0)];
  const order = body.op('GatherV2', inputs, { ...types, batch_dims: { i: 0 } }, 'output'); // [3]
  return [0, 1, 2].reduce(
    (levels, step) =>
      callOne(body, { branch: body.at(order, step), functions }, { pixels: levels, draws: factors, size }),
    pixels,
  );
}
