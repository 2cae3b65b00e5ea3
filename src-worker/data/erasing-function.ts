import { ERASED_AREA, ERASING_ATTEMPTS, LOG_ASPECT } from '../../src-shared/data/augment/erasing.ts';
import { attrType } from '../engine/graph/graph-builder.ts';
import { DT, shapeProto, type FunctionDef } from '../engine/graph/proto.ts';
import { DRAWS, pixelFunction, PIXELS, type PixelBody } from './pixel-body.ts';
import { statelessDraw } from './stateless-draw.ts';

const SEED = 'seed';

/** Erasing and leaving alone, as functions (pixels, draws [23], seed [2]) -> pixels. */
export function erasingFunctions(name: string, size: readonly [number, number]): [FunctionDef, FunctionDef] {
  return [
    seeded(pixelFunction(`${name}_erased`, (body) => erased(body, size))),
    seeded(pixelFunction(`${name}_left`, () => PIXELS)),
  ];
}

function seeded(definition: FunctionDef): FunctionDef {
  const { signature } = definition;
  return {
    ...definition,
    signature: { ...signature, input_arg: [...signature.input_arg, { name: SEED, type: DT.int32 }] },
  };
}

/** timm's random erasing in the graph, with a probability. @param draws float32 [23], uniform: see erasedBox. */
export function maybeErased(
  body: PixelBody,
  { pixels, draws, seed }: { pixels: string; draws: string; seed: string },
  { probability, functions, size }: Erasing,
): string {
  const [then, otherwise] = functions;
  const attrs = {
    Tcond: attrType('bool'),
    Tin: { list: { type: [DT.float32, DT.float32, DT.int32] } },
    Tout: { list: { type: [DT.float32] } },
    then_branch: { func: { name: then.signature.name } },
    else_branch: { func: { name: otherwise.signature.name } },
    output_shapes: { list: { shape: [shapeProto([...size, 3])] } },
  };
  const erases = body.less(body.at(draws, 0), body.float(probability));
  return body.op('StatelessIf', [erases, pixels, draws, seed], attrs, 'output');
}

interface Erasing {
  probability: number;
  functions: readonly [FunctionDef, FunctionDef];
  size: readonly [number, number];
}

/** All attempts at once, and the first of them that fits. */
function erased(body: PixelBody, size: readonly [number, number]): string {
  const [height, width] = size;
  const F = { T: attrType('float32') };
  const unary = (op: string, x: string): string => body.op(op, [x], F, 'y');
  const pairs = body.reshape(body.part(DRAWS, 1, 2 * ERASING_ATTEMPTS), body.ints([ERASING_ATTEMPTS, 2]), 'float32');
  const column = (at: number): string =>
    body.reshape(
      body.slice(pairs, { begin: body.ints([0, at]), size: body.ints([-1, 1]), dtype: 'float32' }),
      body.ints([ERASING_ATTEMPTS]),
      'float32',
    );
  const between = (u: string, [low, high]: readonly [number, number]): string =>
    body.add(body.float(low), body.mul(u, body.float(high - low)));
  const area = body.mul(between(column(0), ERASED_AREA), body.float(height * width)); // [10]
  const aspect = unary('Exp', between(column(1), LOG_ASPECT));
  const heights = unary('Rint', unary('Sqrt', body.mul(area, aspect)));
  const widths = unary('Rint', unary('Sqrt', body.div(area, aspect)));
  const fits = body.both(body.less(heights, body.float(height)), body.less(widths, body.float(width)));

  const argMax = { T: attrType('float32'), Tidx: attrType('int32'), output_type: attrType('int32') };
  const first = body.op('ArgMax', [body.cast(fits, 'bool', 'float32'), body.int(0)], argMax, 'output');
  const chosen = (of: string, dtype: 'float32' | 'bool'): string => {
    const types = { Tparams: attrType(dtype), Tindices: attrType('int32'), Taxis: attrType('int32') };
    return body.op('GatherV2', [of, first, body.int(0)], { ...types, batch_dims: { i: 0 } }, 'output');
  };
  const [h, w] = [chosen(heights, 'float32'), chosen(widths, 'float32')];
  const start = (draw: number, side: number, length: string): string =>
    body.floor(body.mul(body.at(DRAWS, draw), body.add(body.sub(body.float(side), length), body.float(1))));
  const top = start(1 + 2 * ERASING_ATTEMPTS, height, h);
  const left = start(2 + 2 * ERASING_ATTEMPTS, width, w);
  const inside = body.box(size, [top, left, body.add(top, h), body.add(left, w)]);
  const noise = statelessDraw(body, 'StatelessRandomNormalV2', { seed: SEED, shape: [...size, 3] });
  return body.where(body.both(inside, chosen(fits, 'bool')), [noise, PIXELS]);
}
