import { KERNELS, type KernelName } from '../../src-shared/data/resample-kernels.ts';
import { PRECISION_BITS } from '../../src-shared/data/resize-pillow.ts';
import { attrType } from '../engine/graph/graph-builder.ts';
import { DT, type DtypeName, type FunctionDef } from '../engine/graph/proto.ts';
import { FunctionBody } from './function-body.ts';
import { sidesOf, type GraphPlacement } from './resize-function.ts';

/** What doesn't depend on the image. */
interface Resampling {
  /** Of the part that is wanted, px. */
  resolution: readonly [number, number];
  kernel: KernelName;
}

/**
 * `resizePillow` in the graph, to the level: weights of 22 bits made with float64 ops from the image's size, each pass
 * a product of a sparse matrix of integers with the pixels, rounded and cut to bytes.
 */
export function resampling(
  name: string,
  options: Resampling,
): {
  /** One an order of the passes; to be added to the graph. */
  functions: FunctionDef[];
  /** Adds the call: uint8 [H, W, 3] -> float32 [h, w, 3] of levels. */
  resample: (body: FunctionBody, image: string, placement: GraphPlacement) => string;
} {
  const [downFirst, acrossFirst] = [
    inOrder(`${name}_down_first`, options, 'down first'),
    inOrder(`${name}_across_first`, options, 'across first'),
  ];
  const resample = (body: FunctionBody, image: string, { size, corner }: GraphPlacement): string => {
    const attrs = {
      Tcond: attrType('bool'),
      Tin: { list: { type: [DT.uint8, DT.int32, DT.int32] } },
      Tout: { list: { type: [DT.float32] } },
      then_branch: { func: { name: downFirst.signature.name } },
      else_branch: { func: { name: acrossFirst.signature.name } },
      output_shapes: { list: { shape: [{ unknown_rank: true }] } },
    };
    return body.op('StatelessIf', [isDownFirst(body, image, size), image, size, corner], attrs, 'output');
  };
  return { functions: [downFirst, acrossFirst], resample };
}

/** resize-pillow.ts's isDownFirst. */
function isDownFirst(body: FunctionBody, image: string, size: string): string {
  const { sub, mul, less } = body.math('int32');
  const [loss, fewer] = [sub(sidesOf(body, image), size), body.ints([2])];
  const side = (n: number): string => body.slice(loss, { begin: body.ints([n]), size: body.ints([1]), dtype: 'int32' });
  const both = body.op('LogicalAnd', [less(body.ints([0]), side(0)), less(mul(side(1), fewer), side(0))], {}, 'z');
  return body.reshape(both, body.ints([], [0]), 'bool');
}

/** (image uint8 [H, W, 3], size [2], corner [2]) -> float32 [h, w, 3], resized along one axis after the other. */
function inOrder(name: string, { resolution, kernel }: Resampling, order: 'down first' | 'across first'): FunctionDef {
  const body = new FunctionBody();
  const sides = sidesOf(body, 'image');
  const axis = (n: 0 | 1): Weights => {
    const of = (pair: string): string =>
      body.slice(pair, { begin: body.ints([n]), size: body.ints([1]), dtype: 'int32' });
    return weightsOf(body, { from: of(sides), to: of('size'), corner: of('corner'), count: resolution[n], kernel });
  };
  const [ys, xs] = [axis(0), axis(1)];
  const begin = body.joined([ys.first, xs.first, body.ints([0])], 'int32');
  const read = body.joined([ys.length, xs.length, body.ints([3])], 'int32');
  const part = body.slice('image', { begin, size: read, dtype: 'uint8' }); // [H, W, 3] -> [rows, columns, 3]
  const lines = body.reshape(part, body.joined([ys.length, body.ints([-1])], 'int32'), 'uint8'); // -> [rows, columns * 3]
  const pixels =
    order === 'down first'
      ? across(body, down(body, lines, { dtype: 'uint8', ys }), { dtype: 'int32', xs })
      : down(body, across(body, lines, { dtype: 'uint8', xs }), { dtype: 'int32', ys }); // -> [h, w * 3]
  const shaped = body.reshape(pixels, body.ints([...resolution, 3]), 'int32');
  return {
    signature: {
      name,
      input_arg: [
        { name: 'image', type: DT.uint8 },
        { name: 'size', type: DT.int32 },
        { name: 'corner', type: DT.int32 },
      ],
      output_arg: [{ name: 'levels', type: DT.float32 }],
    },
    node_def: body.nodes,
    ret: { levels: body.cast(shaped, 'int32', 'float32') },
  };
}

/** Of one axis: the sparse matrix [count, length] over the inputs from `first` on. */
interface Weights {
  /** int32 [1] */
  first: string;
  length: string;
  /** int32 [n, 2] */
  indices: string;
  /** int32 [n], in units of 2^-22. */
  values: string;
  count: number;
}

interface Axis {
  /** Sides before and after the resize, and where the wanted part begins: int32 [1]. */
  from: string;
  to: string;
  corner: string;
  count: number;
  kernel: KernelName;
}

/** libImaging/Resample.c, precompute_coeffs and normalize_coeffs_8bpc, step by step; none outside the resized image. */
function weightsOf(body: FunctionBody, { from, to, corner, count, kernel }: Axis): Weights {
  const { add, sub, mul, div, max } = body.math('float64');
  const int = body.math('int32');
  const double = (x: string): string => body.cast(x, 'int32', 'float64');
  const truncated = (x: string): string => body.cast(x, 'float64', 'int32');
  const column = (x: string, dtype: DtypeName): string => body.reshape(x, body.ints([count, 1]), dtype);
  const half = body.double(0.5);
  const scale = div(double(from), double(to));
  const wide = max(scale, body.double(1));
  const support = mul(wide, body.double(KERNELS[kernel].radius));
  const at = int.add(body.ints([...Array(count).keys()]), corner); // [count]
  const centre = mul(add(double(at), half), scale);
  const first = int.max(truncated(add(sub(centre, support), half)), body.ints([0]));
  const end = int.min(truncated(add(add(centre, support), half)), from);
  const reach = truncated(body.op('Ceil', [support], { T: attrType('float64') }, 'y'));
  const taps = body.reshape(int.add(int.mul(reach, body.ints([2])), body.ints([1])), body.ints([], [0]), 'int32');
  const offsets = body.op('Range', [body.int(0), taps, body.int(1)], { Tidx: attrType('int32') }, 'output');
  const inputs = int.add(column(first, 'int32'), offsets); // [count, taps]
  const distance = mul(add(sub(double(inputs), column(centre, 'float64')), half), div(body.double(1), wide));
  const both = (x: string, y: string): string => body.op('LogicalAnd', [x, y], {}, 'z');
  const placed = both(int.less(body.ints([-1]), at), int.less(at, to));
  const inside = both(int.less(inputs, column(end, 'int32')), column(placed, 'bool'));
  const raw = where(body, inside, { then: kernelOf(body, distance, kernel), otherwise: body.double(0) });
  const sum = { T: attrType('float64'), Tidx: attrType('int32'), keep_dims: { b: true } };
  const total = body.op('Sum', [raw, body.ints([1])], sum, 'output');
  const share = body.op('DivNoNan', [raw, total], { T: attrType('float64') }, 'z');
  const scaled = mul(share, body.double(2 ** PRECISION_BITS));
  const sign = body.op('Sign', [scaled], { T: attrType('float64') }, 'y');

  const start = extreme(body, 'Min', first);
  const length = int.sub(extreme(body, 'Max', end), start);
  const relative = int.min(int.sub(inputs, start), int.sub(length, body.ints([1])));
  const outputs = int.add(body.ints([...Array(count).keys()], [count, 1]), int.mul(inputs, body.ints([0])));
  const pairs = body.op('Pack', [outputs, relative], { T: attrType('int32'), N: { i: 2 }, axis: { i: 2 } }, 'output');
  return {
    first: start,
    length,
    indices: body.reshape(pairs, body.ints([-1, 2]), 'int32'),
    values: body.reshape(truncated(add(scaled, mul(sign, half))), body.ints([-1]), 'int32'),
    count,
  };
}

/** The kernel at each distance, as resample-kernels.ts has it. */
function kernelOf(body: FunctionBody, distance: string, kernel: KernelName): string {
  const { add, sub, mul, div, max, less } = body.math('float64');
  const number = (value: number): string => body.double(value);
  const x = body.op('Abs', [distance], { T: attrType('float64') }, 'y');
  const within = (radius: number, then: string, otherwise: string): string =>
    where(body, less(x, number(radius)), { then, otherwise });
  if (kernel === 'bilinear') return max(number(0), sub(number(1), x));
  if (kernel === 'bicubic') {
    const near = add(mul(mul(sub(mul(number(1.5), x), number(2.5)), x), x), number(1));
    const cubic = sub(mul(add(mul(sub(x, number(5)), x), number(8)), x), number(4));
    return within(1, near, within(2, mul(cubic, number(-0.5)), number(0)));
  }
  const sinc = (t: string): string => {
    const angle = mul(t, number(Math.PI));
    const wave = div(body.op('Sin', [angle], { T: attrType('float64') }, 'y'), angle);
    const zero = body.op('Equal', [t, number(0)], { T: attrType('float64') }, 'z');
    return where(body, zero, { then: number(1), otherwise: wave });
  };
  return within(3, mul(sinc(x), sinc(div(x, number(3)))), number(0));
}

type Levels = 'uint8' | 'int32';

/** [rows, n] -> [h, n] */
function down(body: FunctionBody, lines: string, { dtype, ys }: { dtype: Levels; ys: Weights }): string {
  return pass(body, dtype === 'uint8' ? body.cast(lines, 'uint8', 'int32') : lines, ys);
}

/** [n, columns * 3] -> [n, w * 3]. Turned as a matrix, since TensorFlow is slow at turning pixels of three bytes. */
function across(body: FunctionBody, lines: string, { dtype, xs }: { dtype: Levels; xs: Weights }): string {
  const columns = turned(body, lines, dtype); // -> [columns * 3, n]
  const shape = body.joined([xs.length, body.ints([-1])], 'int32');
  const levels = down(body, body.reshape(columns, shape, dtype), { dtype, ys: xs }); // -> [w, 3 * n]
  return turned(body, body.reshape(levels, body.ints([xs.count * 3, -1]), 'int32'), 'int32');
}

/** One pass: [length, n] -> [count, n], to whole levels. Pillow's sums have 32 bits, too. */
function pass(body: FunctionBody, levels: string, { indices, values, length, count }: Weights): string {
  const shape = body.cast(body.joined([body.ints([count]), length], 'int32'), 'int32', 'int64');
  const attrs = { T: attrType('int32'), Tindices: attrType('int32') };
  const sums = body.op('SparseTensorDenseMatMul', [indices, values, shape, levels], attrs, 'product');
  const { add, min, max } = body.math('int32');
  const rounded = add(sums, body.int(1 << (PRECISION_BITS - 1)));
  const whole = body.op('RightShift', [rounded, body.int(PRECISION_BITS)], { T: attrType('int32') }, 'z');
  return max(min(whole, body.int(255)), body.int(0));
}

function turned(body: FunctionBody, matrix: string, dtype: Levels): string {
  return body.op('Transpose', [matrix, body.ints([1, 0])], { T: attrType(dtype), Tperm: attrType('int32') }, 'y');
}

function where(
  body: FunctionBody,
  condition: string,
  { then, otherwise }: { then: string; otherwise: string },
): string {
  return body.op('SelectV2', [condition, then, otherwise], { T: attrType('float64') }, 'output');
}

/** The smallest or largest of int32 [n], as [1]. */
function extreme(body: FunctionBody, op: 'Min' | 'Max', x: string): string {
  const attrs = { T: attrType('int32'), Tidx: attrType('int32'), keep_dims: { b: true } };
  return body.op(op, [x, body.ints([0])], attrs, 'output');
}
