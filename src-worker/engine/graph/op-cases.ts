import { sizeOfShape } from '../../../src-shared/models/params.ts';
import { convCases } from './conv-cases.ts';
import type { CaseInput, Draw, OpCase } from './op-case.ts';
import { DT } from './proto.ts';

/** Every op that may be recorded, with a generator of inputs for it; its test walks OP_RULES and finds each here. */
export const OP_CASES: Readonly<Record<string, (draw: Draw) => OpCase>> = {
  ...each(
    'Abs Ceil Cos Elu Erf Exp Expm1 Floor Log Log1p Neg OnesLike Reciprocal Relu Relu6 Round Rsqrt Sigmoid Sign Sin Softplus Sqrt Square Tanh ZerosLike Identity',
    (draw) => ({ inputs: [floats(draw, anyShape(draw))], types: { T: DT.float32 } }),
  ),
  ...each('Softmax LogSoftmax', (draw) => ({
    inputs: [floats(draw, anyShape(draw, 1))],
    types: { T: DT.float32 },
  })),
  ...each('IsFinite IsInf IsNan', (draw) => ({ inputs: [floats(draw, anyShape(draw))], types: { T: DT.float32 } })),
  LogicalNot: (draw) => ({ inputs: [bools(draw, anyShape(draw))] }),
  ...each(
    'Add AddV2 Sub Mul Div RealDiv DivNoNan FloorDiv FloorMod Maximum Minimum Pow SquaredDifference Equal NotEqual Less LessEqual Greater GreaterEqual',
    (draw) => ({ inputs: broadcastable(draw, 2).map((shape) => floats(draw, shape)), types: { T: DT.float32 } }),
  ),
  ...each('LogicalAnd LogicalOr', (draw) => ({ inputs: broadcastable(draw, 2).map((shape) => bools(draw, shape)) })),
  ...each('Sum Mean Max Min Prod', (draw) => reduction(draw, floats, { T: DT.float32, Tidx: DT.int32 })),
  ...each('All Any', (draw) => reduction(draw, bools, { Tidx: DT.int32 })),
  AddN: (draw) => {
    const shape = anyShape(draw);
    const n = draw(1, 3);
    return {
      inputs: Array.from({ length: n }, () => floats(draw, shape)),
      attrs: { N: n },
      types: { T: DT.float32 },
    };
  },
  ...each('ArgMax ArgMin', (draw) => {
    const x = floats(draw, anyShape(draw, 1));
    const rank = x.shape.length;
    const types = { T: DT.float32, Tidx: DT.int32, ...(draw(0, 1) ? { output_type: DT.int32 } : {}) };
    return { inputs: [x, scalar(draw(-rank, rank - 1))], types };
  }),
  BatchMatMulV2: (draw) => {
    const [batchA, batchB] = broadcastable(draw, 2) as [number[], number[]];
    const [m, k, n] = [draw(1, 4), draw(1, 4), draw(1, 4)];
    const [adjX, adjY] = [draw(0, 1) === 1, draw(0, 1) === 1];
    return {
      inputs: [
        floats(draw, [...batchA, ...(adjX ? [k, m] : [m, k])]),
        floats(draw, [...batchB, ...(adjY ? [n, k] : [k, n])]),
      ],
      attrs: { adj_x: adjX, adj_y: adjY },
      types: { T: DT.float32 },
    };
  },
  BroadcastTo: (draw) => {
    const to = anyShape(draw, 1);
    const from = to.slice(draw(0, to.length)).map((d) => (draw(0, 1) ? d : 1));
    return { inputs: [floats(draw, from), ints(to)], types: { T: DT.float32, Tidx: DT.int32 } };
  },
  Cast: (draw) => {
    const to = [DT.int32, DT.bool, DT.float32][draw(0, 2)]!;
    return {
      inputs: [floats(draw, anyShape(draw))],
      types: { SrcT: DT.float32, DstT: to },
      attrs: { Truncate: false },
    };
  },
  ...convCases(floats),
  ConcatV2: (draw) => {
    const shape = anyShape(draw, 1);
    const axis = draw(0, shape.length - 1);
    const n = draw(2, 4);
    const parts = Array.from({ length: n }, () =>
      floats(
        draw,
        shape.map((d, i) => (i === axis ? draw(1, 3) : d)),
      ),
    );
    const spelled = draw(0, 1) ? axis : axis - shape.length;
    return { inputs: [...parts, scalar(spelled)], attrs: { N: n }, types: { T: DT.float32, Tidx: DT.int32 } };
  },
  ExpandDims: (draw) => {
    const x = floats(draw, anyShape(draw));
    const axis = draw(-x.shape.length - 1, x.shape.length);
    return { inputs: [x, scalar(axis)], types: { T: DT.float32, Tdim: DT.int32 } };
  },
  Fill: (draw) => ({
    inputs: [ints(anyShape(draw)), draw(0, 1) ? floats(draw, []) : scalar(7)],
    types: { index_type: DT.int32 },
  }),
  GatherV2: (draw) => {
    const x = floats(draw, anyShape(draw, 1));
    const axis = draw(0, x.shape.length - 1);
    const shape = anyShape(draw).slice(0, 2);
    const data = Int32Array.from({ length: sizeOfShape(shape) }, () => draw(0, x.shape[axis]! - 1));
    return {
      inputs: [x, { shape, dtype: DT.int32, data }, scalar(draw(0, 1) ? axis : axis - x.shape.length)],
      attrs: { batch_dims: 0 },
      types: { Tparams: DT.float32, Tindices: DT.int32, Taxis: DT.int32 },
    };
  },
  OneHot: (draw) => ({
    inputs: [
      ints(Array.from({ length: draw(1, 4) }, () => draw(-1, 4))),
      scalar(draw(1, 5)),
      floats(draw, []),
      floats(draw, []),
    ],
    attrs: { axis: -1 },
    types: { T: DT.float32, TI: DT.int32 },
  }),
  Pack: (draw) => {
    const shape = anyShape(draw);
    const n = draw(1, 3);
    return {
      inputs: Array.from({ length: n }, () => floats(draw, shape)),
      attrs: { N: n, axis: draw(-shape.length - 1, shape.length) },
      types: { T: DT.float32 },
    };
  },
  Pad: (draw) => padding(draw, []),
  PadV2: (draw) => padding(draw, [floats(draw, [])]),
  Range: (draw) => {
    if (draw(0, 1)) {
      const inputs = [draw(0, 3), draw(3, 12), draw(1, 4)].map((v) => scalar(v));
      return { inputs, types: { Tidx: DT.int32 } };
    }
    const inputs = [draw(9, 12), draw(0, 8), -draw(1, 4)].map((v) => scalar(v));
    return { inputs, types: { Tidx: DT.int32 } };
  },
  Reshape: (draw) => {
    const x = floats(draw, anyShape(draw, 2));
    const merged = [x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)];
    const to = draw(0, 1) ? merged : [-1, ...merged.slice(1)];
    return { inputs: [x, ints(to)], types: { T: DT.float32, Tshape: DT.int32 } };
  },
  ReverseV2: (draw) => {
    const x = floats(draw, anyShape(draw, 1));
    return { inputs: [x, ints([draw(0, x.shape.length - 1)])], types: { T: DT.float32, Tidx: DT.int32 } };
  },
  Select: (draw) => {
    const shape = anyShape(draw);
    return { inputs: [bools(draw, shape), floats(draw, shape), floats(draw, shape)], types: { T: DT.float32 } };
  },
  SelectV2: (draw) => {
    const [c, t, e] = broadcastable(draw, 3) as [number[], number[], number[]];
    return { inputs: [bools(draw, c), floats(draw, t), floats(draw, e)], types: { T: DT.float32 } };
  },
  Slice: (draw) => {
    const x = floats(draw, anyShape(draw, 1));
    const begin = x.shape.map((d) => draw(0, d - 1));
    const size = x.shape.map((d, i) => (draw(0, 1) ? -1 : draw(0, d - begin[i]!)));
    return { inputs: [x, ints(begin), ints(size)], types: { T: DT.float32, Index: DT.int32 } };
  },
  SplitV: (draw) => {
    const shape = anyShape(draw, 1);
    const axis = draw(0, shape.length - 1);
    const sizes = Array.from({ length: draw(1, 3) }, () => draw(1, 3));
    const whole = shape.map((d, i) => (i === axis ? sizes.reduce((a, b) => a + b) : d));
    return {
      inputs: [floats(draw, whole), ints(sizes), scalar(draw(0, 1) ? axis : axis - shape.length)],
      attrs: { num_split: sizes.length },
      types: { T: DT.float32, Tlen: DT.int32 },
      outputs: sizes.length,
    };
  },
  StridedSlice: (draw) => {
    const x = floats(draw, anyShape(draw, 1));
    const rank = draw(1, x.shape.length);
    const dims = x.shape.slice(0, rank);
    const begin = dims.map((d) => draw(0, d - 1) - (draw(0, 1) ? d : 0));
    const bits = (): number => draw(0, 2 ** rank - 1);
    const shrink = draw(0, 1) ? bits() : 0;
    return {
      inputs: [
        x,
        ints(begin),
        ints(dims.map((d) => draw(-d, d + 2))),
        ints(dims.map((_, i) => (shrink & (1 << i) ? 1 : draw(1, 3)))),
      ],
      attrs: {
        begin_mask: bits() & ~shrink,
        end_mask: bits(),
        ellipsis_mask: 0,
        new_axis_mask: 0,
        shrink_axis_mask: shrink,
      },
      types: { T: DT.float32, Index: DT.int32 },
    };
  },
  Tile: (draw) => {
    const x = floats(draw, anyShape(draw, 1));
    return { inputs: [x, ints(x.shape.map(() => draw(0, 3)))], types: { T: DT.float32, Tmultiples: DT.int32 } };
  },
  Transpose: (draw) => {
    const x = floats(draw, anyShape(draw));
    const perm = x.shape.map((_, i) => i);
    for (let i = perm.length - 1; i > 0; i--) {
      const j = draw(0, i);
      [perm[i], perm[j]] = [perm[j]!, perm[i]!];
    }
    return { inputs: [x, ints(perm)], types: { T: DT.float32, Tperm: DT.int32 } };
  },
  Unpack: (draw) => {
    const x = floats(draw, anyShape(draw, 1));
    const axis = draw(0, x.shape.length - 1);
    const num = x.shape[axis]!;
    const spelled = draw(0, 1) ? axis : axis - x.shape.length;
    return { inputs: [x], attrs: { num, axis: spelled }, types: { T: DT.float32 }, outputs: num };
  },
  Bitcast: (draw) => {
    const shape = [...anyShape(draw).slice(1), 2];
    const data = Int32Array.from({ length: sizeOfShape(shape) }, () => draw(-1000, 1000));
    return { inputs: [{ shape, dtype: DT.int32, data }], types: { T: DT.int32, type: DT.uint64 } };
  },
};

function each(names: string, make: (draw: Draw) => OpCase): Record<string, (draw: Draw) => OpCase> {
  return Object.fromEntries(names.split(' ').map((name) => [name, make]));
}

function anyShape(draw: Draw, minRank = 0): number[] {
  return Array.from({ length: draw(minRank, 4) }, () => draw(1, 4));
}

/** Shapes that broadcast together: each a suffix of one shape, some dimensions 1. */
function broadcastable(draw: Draw, n: number): number[][] {
  const whole = anyShape(draw);
  return Array.from({ length: n }, () => whole.slice(draw(0, whole.length)).map((d) => (draw(0, 2) ? d : 1)));
}

function floats(draw: Draw, shape: number[]): CaseInput {
  const data = Float32Array.from({ length: sizeOfShape(shape) }, () => draw(-300, 300) / 100);
  return { shape, dtype: DT.float32, data };
}

function bools(draw: Draw, shape: number[]): CaseInput {
  return { shape, dtype: DT.bool, data: Uint8Array.from({ length: sizeOfShape(shape) }, () => draw(0, 1)) };
}

function ints(values: number[]): CaseInput {
  return { shape: [values.length], dtype: DT.int32, data: Int32Array.from(values) };
}

function scalar(value: number): CaseInput {
  return { shape: [], dtype: DT.int32, data: Int32Array.of(value) };
}

function reduction(draw: Draw, make: typeof floats, types: Record<string, number>): OpCase {
  const x = make(draw, anyShape(draw));
  const axes = x.shape.flatMap((_, i) => (draw(0, 1) ? [draw(0, 1) ? i : i - x.shape.length] : []));
  return { inputs: [x, ints(axes)], attrs: { keep_dims: draw(0, 1) === 1 }, types };
}

function padding(draw: Draw, value: CaseInput[]): OpCase {
  const x = floats(draw, anyShape(draw, 1));
  const paddings = { ...ints(x.shape.flatMap(() => [draw(0, 2), draw(0, 2)])), shape: [x.shape.length, 2] };
  return { inputs: [x, paddings, ...value], types: { T: DT.float32, Tpaddings: DT.int32 } };
}
