import { sizeOfShape } from '../../../src-shared/models/params.ts';
import { CONV_RULES } from './conv-shapes.ts';
import type { Attributes, OpRule, Symbol } from './op-rule.ts';
import { DT } from './proto.ts';

/**
 * The ops that may be recorded, with their shape functions: an allow-list. Each is deterministic and without state, so
 * that a recorded step means what the eager one means; anything else is refused by name while recording.
 */
export const OP_RULES: Readonly<Record<string, OpRule>> = {
  ...many(
    [
      'Abs',
      'Ceil',
      'Cos',
      'Elu',
      'Erf',
      'Exp',
      'Expm1',
      'Floor',
      'Log',
      'Log1p',
      'Neg',
      'OnesLike',
      'Reciprocal',
      'Relu',
      'Relu6',
      'Round',
      'Rsqrt',
      'Sigmoid',
      'Sign',
      'Sin',
      'Softmax',
      'LogSoftmax',
      'Softplus',
      'Sqrt',
      'Square',
      'Tanh',
      'ZerosLike',
      'Identity',
    ],
    sameAsFirst(),
  ),
  ...many(['IsFinite', 'IsInf', 'IsNan', 'LogicalNot'], sameAsFirst(DT.bool)),
  ...many(
    [
      'Add',
      'AddV2',
      'Sub',
      'Mul',
      'Div',
      'RealDiv',
      'DivNoNan',
      'FloorDiv',
      'FloorMod',
      'Maximum',
      'Minimum',
      'Pow',
      'SquaredDifference',
    ],
    broadcast(),
  ),
  ...many(
    ['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual', 'LogicalAnd', 'LogicalOr'],
    broadcast(DT.bool),
  ),
  ...many(['Sum', 'Mean', 'Max', 'Min', 'Prod', 'All', 'Any'], {
    outputs: ([x, axes], attrs) => [{ shape: reduced(x!, axesOf(axes!), attrs['keep_dims'] === true) }],
  }),
  AddN: sameAsFirst(),
  ArgMax: argReduction(),
  ArgMin: argReduction(),
  BatchMatMulV2: { outputs: ([a, b], attrs) => [{ shape: batchMatMul(a!.shape, b!.shape, attrs) }] },
  Bitcast: { outputs: ([x], attrs) => [pairsToLong(x!, attrs)] },
  BroadcastTo: { outputs: ([, shape]) => [{ shape: constantOf(shape!, 'shape') }] },
  Cast: { outputs: ([x], attrs) => [{ shape: x!.shape, dtype: attrs['DstT'] as number }] },
  ...CONV_RULES,
  ConcatV2: { outputs: (inputs) => [{ shape: concat(inputs) }] },
  ExpandDims: { outputs: ([x, axis]) => [{ shape: expandDims(x!.shape, constantOf(axis!, 'axis')[0]!) }] },
  Fill: { outputs: ([shape, value]) => [{ shape: constantOf(shape!, 'shape'), dtype: value!.dtype }] },
  GatherV2: {
    outputs: ([x, indices, axis], attrs) => {
      if (attrs['batch_dims']) throw new Error('batch dimensions are not recorded');
      return [{ shape: gathered(x!.shape, indices!.shape, constantOf(axis!, 'axis')[0]!) }];
    },
  },
  OneHot: {
    outputs: ([indices, depth, on]) => [
      { shape: [...indices!.shape, constantOf(depth!, 'depth')[0]!], dtype: on!.dtype },
    ],
  },
  Pack: {
    outputs: (inputs, attrs) => [
      { shape: expandDims(inputs[0]!.shape, (attrs['axis'] as number) ?? 0, inputs.length) },
    ],
  },
  PadV2: { outputs: ([x, paddings]) => [{ shape: padded(x!.shape, constantOf(paddings!, 'paddings')) }] },
  Pad: { outputs: ([x, paddings]) => [{ shape: padded(x!.shape, constantOf(paddings!, 'paddings')) }] },
  Range: { outputs: ([start, limit, delta]) => [{ shape: [rangeLength(start!, limit!, delta!)] }] },
  Reshape: { outputs: ([x, shape]) => [{ shape: reshaped(x!.shape, constantOf(shape!, 'shape')) }] },
  ReverseV2: sameAsFirst(),
  Select: { outputs: ([, t]) => [{ shape: t!.shape, dtype: t!.dtype }] },
  SelectV2: {
    outputs: ([c, t, e]) => [
      { shape: broadcastShapes(c!.shape, broadcastShapes(t!.shape, e!.shape)), dtype: t!.dtype },
    ],
  },
  Slice: {
    outputs: ([x, begin, size]) => [
      { shape: sliced(x!.shape, constantOf(begin!, 'begin'), constantOf(size!, 'size')) },
    ],
  },
  SplitV: {
    outputs: ([x, sizes, axis]) => splitShapes(x!.shape, constantOf(sizes!, 'sizes'), constantOf(axis!, 'axis')[0]!),
  },
  StridedSlice: { outputs: (inputs, attrs) => [{ shape: stridedSlice(inputs, attrs) }] },
  Tile: { outputs: ([x, reps]) => [{ shape: x!.shape.map((d, i) => d * constantOf(reps!, 'multiples')[i]!) }] },
  Transpose: { outputs: ([x, perm]) => [{ shape: constantOf(perm!, 'perm').map((p) => x!.shape[p]!) }] },
  Unpack: {
    outputs: ([x], attrs) =>
      Array.from({ length: attrs['num'] as number }, () => ({
        shape: x!.shape.filter((_, i) => i !== axisOf(attrs, x!)),
      })),
  },
  StatelessRandomUniformV2: { outputs: ([shape]) => [{ shape: constantOf(shape!, 'shape'), dtype: DT.float32 }] },
};

function many(names: string[], rule: OpRule): Record<string, OpRule> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

function sameAsFirst(dtype?: number): OpRule {
  return { outputs: ([x]) => [{ shape: x!.shape, dtype }] };
}

function broadcast(dtype?: number): OpRule {
  return { outputs: ([a, b]) => [{ shape: broadcastShapes(a!.shape, b!.shape), dtype }] };
}

function argReduction(): OpRule {
  return {
    outputs: ([x, axis], attrs) => [
      { shape: reduced(x!, axesOf(axis!), false), dtype: (attrs['output_type'] as number) ?? DT.int64 },
    ],
  };
}

function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a.join()}] and [${b.join()}] don't broadcast`);
    return x === 1 ? y : x;
  });
}

function axesOf(axes: Symbol): number[] {
  return constantOf(axes, 'axes');
}

/** The numbers of a constant input; a value that depends on data can't give a shape. */
function constantOf(symbol: Symbol, role: string): number[] {
  if (!symbol.constant) throw new Error(`its ${role} depends on data, but shapes must be known while recording`);
  return Array.from(symbol.constant);
}

function axisOf(attrs: Attributes, x: Symbol): number {
  const axis = (attrs['axis'] as number) ?? 0;
  return axis < 0 ? axis + x.shape.length : axis;
}

function reduced(x: Symbol, axes: number[], keepDims: boolean): number[] {
  const set = new Set(axes.map((a) => (a < 0 ? a + x.shape.length : a)));
  return keepDims ? x.shape.map((d, i) => (set.has(i) ? 1 : d)) : x.shape.filter((_, i) => !set.has(i));
}

function batchMatMul(a: readonly number[], b: readonly number[], attrs: Attributes): number[] {
  const [inner, other] = [a.at(attrs['adj_x'] === true ? -2 : -1), b.at(attrs['adj_y'] === true ? -1 : -2)];
  if (inner !== other) throw new Error(`matrices [${a.join()}] and [${b.join()}] can't be multiplied`);
  const rows = attrs['adj_x'] === true ? a.at(-1)! : a.at(-2)!;
  const columns = attrs['adj_y'] === true ? b.at(-2)! : b.at(-1)!;
  return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), rows, columns];
}

function concat(inputs: readonly Symbol[]): number[] {
  const parts = inputs.slice(0, -1);
  const first = parts[0]!.shape;
  const axis = constantOf(inputs.at(-1)!, 'axis')[0]!;
  const at = axis < 0 ? axis + first.length : axis;
  for (const { shape } of parts) {
    const fits = shape.length === first.length && shape.every((d, i) => i === at || d === first[i]);
    if (!fits) throw new Error(`[${first.join()}] and [${shape.join()}] can't be joined along axis ${at}`);
  }
  return first.map((d, i) => (i === at ? parts.reduce((n, p) => n + p.shape[i]!, 0) : d));
}

function expandDims(shape: readonly number[], axis: number, size = 1): number[] {
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return [...shape.slice(0, at), size, ...shape.slice(at)];
}

function gathered(shape: readonly number[], indices: readonly number[], axis: number): number[] {
  const at = axis < 0 ? axis + shape.length : axis;
  return [...shape.slice(0, at), ...indices, ...shape.slice(at + 1)];
}

function padded(shape: readonly number[], paddings: number[]): number[] {
  return shape.map((d, i) => d + paddings[2 * i]! + paddings[2 * i + 1]!);
}

function rangeLength(start: Symbol, limit: Symbol, delta: Symbol): number {
  const [from, to, step] = [start, limit, delta].map((s) => constantOf(s, 'bounds')[0]!) as [number, number, number];
  return Math.max(0, Math.ceil((to - from) / step));
}

function reshaped(from: readonly number[], to: number[]): number[] {
  const size = sizeOfShape(from);
  const shape = to.map((d) => (d === -1 ? size / sizeOfShape(to.filter((x) => x !== -1)) : d));
  if (sizeOfShape(shape) !== size || !shape.every(Number.isInteger))
    throw new Error(`[${from.join()}] can't become [${to.join()}]`);
  return shape;
}

function sliced(shape: readonly number[], begin: number[], size: number[]): number[] {
  return shape.map((d, i) => {
    const length = size[i] === -1 ? d - begin[i]! : size[i]!;
    if (begin[i]! + length > d)
      throw new Error(`slice ${begin[i]}+${length} is outside dimension ${i} of [${shape.join()}]`);
    return length;
  });
}

function splitShapes(shape: readonly number[], sizes: number[], axis: number): { shape: number[] }[] {
  const at = axis < 0 ? axis + shape.length : axis;
  return sizes.map((size) => ({ shape: shape.map((d, i) => (i === at ? size : d)) }));
}

/** Two int32 as one uint64: the only bitcast there is use for. */
function pairsToLong({ shape, dtype }: Symbol, attrs: Attributes): { shape: number[]; dtype: number } {
  if (dtype !== DT.int32 || attrs['type'] !== DT.uint64 || shape.at(-1) !== 2) {
    throw new Error('only pairs of int32 are recorded');
  }
  return { shape: shape.slice(0, -1), dtype: DT.uint64 };
}

/** tfjs resolves masks but shrink_axis before it calls the kernel; new axes and ellipses are refused. */
function stridedSlice(inputs: readonly Symbol[], attrs: Attributes): number[] {
  const [x, begin, end, strides] = inputs as [Symbol, Symbol, Symbol, Symbol];
  if (attrs['ellipsis_mask'] || attrs['new_axis_mask']) throw new Error('ellipsis and new axes are not recorded');
  const [b, e, s] = [begin, end, strides].map((t) => constantOf(t, 'bounds')) as [number[], number[], number[]];
  const mask = (name: string, i: number): boolean => (((attrs[name] as number) ?? 0) & (1 << i)) !== 0;
  return x.shape.flatMap((d, i) => {
    if (i >= b.length) return [d];
    if (mask('shrink_axis_mask', i)) return [];
    if (s[i]! < 0) throw new Error('negative strides are not recorded');
    const from = mask('begin_mask', i) ? 0 : b[i]! < 0 ? b[i]! + d : b[i]!;
    const to = mask('end_mask', i) ? d : Math.min(d, e[i]! < 0 ? e[i]! + d : e[i]!);
    return [Math.max(0, Math.ceil((to - from) / s[i]!))];
  });
}
