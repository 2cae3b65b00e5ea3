import { beforeAll, describe, expect, test } from 'vitest';
import type { OpAttr, TFJSBinding } from '../binding.ts';
import { loadEngine } from '../runtime.ts';
import type { Draw, OpCase } from './op-case.ts';
import { OP_CASES } from './op-cases.ts';
import { OP_RULES } from './op-shapes.ts';
import type { Attributes } from './op-rule.ts';
import { DT } from './proto.ts';

const CASES_PER_OP = 25;

/** The op that draws its numbers from a key given to it; no other draws any. */
const STATELESS_RANDOM = ['StatelessRandomUniformV2'];

test('every op that may be recorded is tested here, and nothing else', () => {
  const tested = [...Object.keys(OP_CASES), 'StatelessRandomUniformV2']; // the latter needs a key: tested on its own below
  expect(tested.sort()).toEqual(Object.keys(OP_RULES).sort());
});

test('no op is on the list whose meaning is not its inputs alone', () => {
  const random = Object.keys(OP_RULES).filter((name) => /random|multinomial|dropout|shuffle/i.test(name));
  expect(random.sort()).toEqual(STATELESS_RANDOM);
  const stateful = Object.keys(OP_RULES).filter((name) =>
    /variable|assign|queue|stack$|file|print|assert|^PyFunc|dataset|iterator/i.test(name),
  );
  expect(stateful).toEqual([]);
});

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('shape and type of', () => {
  let binding: TFJSBinding;
  beforeAll(async () => {
    binding = (await loadEngine('tensorflow')).binding!;
  });

  test.each(Object.keys(OP_CASES))('%s are what TensorFlow gives', (op) => {
    const draw = generator(op);
    const before = binding.getNumOfTensors();
    for (let i = 0; i < CASES_PER_OP; i++) {
      const given = OP_CASES[op]!(draw);
      const attrs = { ...given.attrs, ...given.types };
      const expected = runOp(binding, op, given);
      const ruled = OP_RULES[op]!.outputs(
        given.inputs.map(({ shape, dtype, data }) => ({ shape, dtype, constant: data })),
        attrs,
      );
      const got = ruled.map(({ shape, dtype }) => ({
        shape: [...shape],
        dtype: dtype ?? given.inputs[0]!.dtype,
      }));
      const said = JSON.stringify({ inputs: given.inputs.map((x) => [x.shape, [...x.data].slice(0, 8)]), attrs });
      expect(got, said).toEqual(expected);
    }
    expect(binding.getNumOfTensors()).toBe(before);
  });

  test('StatelessRandomUniformV2 are what TensorFlow gives', () => {
    const seed = binding.createTensor([1, 2], DT.int32, Int32Array.of(1, 2));
    const [key] = binding.executeOp('Bitcast', types({ T: DT.int32, type: DT.uint64 }), [seed], 1);
    const start = binding.createTensor([2], DT.int32, Int32Array.of(0, 3));
    const [counter] = binding.executeOp('Cast', types({ SrcT: DT.int32, DstT: DT.uint64 }), [start], 1);
    for (const shape of [[], [3], [2, 5]]) {
      const inputs = [
        binding.createTensor([shape.length], DT.int32, Int32Array.from(shape)),
        key!.id,
        counter!.id,
        binding.createTensor([], DT.int32, Int32Array.of(1)),
      ];
      const attrs = types({ dtype: DT.float32, Tshape: DT.int32 });
      const [drawn] = binding.executeOp('StatelessRandomUniformV2', attrs, inputs, 1);
      const symbol = { shape: [shape.length], dtype: DT.int32, constant: Int32Array.from(shape) };
      expect(OP_RULES['StatelessRandomUniformV2']!.outputs([symbol], {})).toEqual([
        { shape: drawn!.shape, dtype: drawn!.dtype },
      ]);
    }
  });
});

describe('what a rule refuses', () => {
  const x = { shape: [2, 3], dtype: DT.float32 };
  const unknown = { shape: [2], dtype: DT.int32 };
  const known = (...values: number[]) => ({
    shape: [values.length],
    dtype: DT.int32,
    constant: Int32Array.from(values),
  });
  const image = { shape: [1, 4, 4, 3], dtype: DT.float32 };
  const kernel = { shape: [5, 5, 3, 7], dtype: DT.float32 };
  const SAME = { strides: [1, 2, 2, 1], padding: 'SAME', data_format: 'NHWC', dilations: [1, 1, 1, 1] };
  const refusals: [string, Parameters<(typeof OP_RULES)[string]['outputs']>[0], Attributes, RegExp][] = [
    ['Reshape', [x, unknown], {}, /shape depends on data/],
    ['Sum', [x, unknown], {}, /axes depends on data/],
    ['Transpose', [x, unknown], {}, /perm depends on data/],
    ['Slice', [x, unknown, known(1, 1)], {}, /begin depends on data/],
    ['Tile', [x, unknown], {}, /multiples depends on data/],
    ['Fill', [unknown, x], {}, /shape depends on data/],
    ['OneHot', [known(1), unknown, x, x], {}, /depth depends on data/],
    ['GatherV2', [x, known(1), unknown], {}, /axis depends on data/],
    ['GatherV2', [x, known(1), known(0)], { batch_dims: 1 }, /not recorded/],
    ['Add', [x, { shape: [4], dtype: DT.float32 }], {}, /don't broadcast/],
    ['Reshape', [x, known(4)], {}, /can't become/],
    ['Reshape', [x, known(-1, 4)], {}, /can't become/],
    ['Slice', [x, known(0, 2), known(2, 2)], {}, /outside dimension 1/],
    ['StridedSlice', [x, known(0), known(1), known(1)], { ellipsis_mask: 1 }, /not recorded/],
    ['StridedSlice', [x, known(1), known(0), known(-1)], {}, /negative strides/],
    ['BatchMatMulV2', [x, { shape: [4, 2], dtype: DT.float32 }], {}, /can't be multiplied/],
    ['Conv2D', [image, kernel], { ...SAME, padding: 'EXPLICIT' }, /padding EXPLICIT is not recorded/],
    ['Conv2D', [image, kernel], { ...SAME, data_format: 'NCHW' }, /channels first/],
    ['Conv2D', [image, kernel], { ...SAME, dilations: [1, 2, 2, 1] }, /dilated/],
    ['Conv2D', [image, kernel], { ...SAME, padding: 'VALID' }, /window of 5 doesn't fit 4/],
    ['Conv2D', [{ ...image, shape: [1, 4, 4, 2] }, kernel], SAME, /3 channels of the kernel/],
    ['Conv2DBackpropInput', [{ shape: [4], dtype: DT.int32 }, kernel, image], SAME, /sizes depends on data/],
    ['Conv2DBackpropInput', [known(1, 4, 4, 3), kernel, image], SAME, /\[1,4,4,3\] is given where \[1,2,2,7\] belongs/],
    ['Conv2DBackpropFilter', [image, known(5, 5, 3, 7), image], SAME, /is given where/],
    ['MaxPool', [image], { ...SAME, ksize: [1, 2, 2, 2] }, /over images or channels/],
    ['MaxPoolGrad', [image, image, image], { ...SAME, ksize: [1, 2, 2, 1] }, /is given where/],
    ['Bitcast', [{ shape: [3], dtype: DT.int32 }], { type: DT.uint64 }, /only pairs of int32/],
    ['Bitcast', [x], { type: DT.int32 }, /only pairs of int32/],
    ['ConcatV2', [x, { shape: [2, 4], dtype: DT.float32 }, known(0)], {}, /can't be joined/],
  ];
  test.each(refusals)('%s %#', (op, inputs, attrs, message) => {
    expect(() => OP_RULES[op]!.outputs(inputs, attrs)).toThrow(message);
  });
});

function runOp(binding: TFJSBinding, op: string, given: OpCase): { shape: number[]; dtype: number }[] {
  const ids = given.inputs.map(({ shape, dtype, data }) => binding.createTensor(shape, dtype, data));
  const attrs = [...types(given.types ?? {}), ...Object.entries(given.attrs ?? {}).map(plainAttr)];
  const results = binding.executeOp(op, attrs, ids, given.outputs ?? 1);
  for (const id of [...ids, ...results.map((r) => r.id)]) binding.deleteTensor(id);
  return results.map(({ shape, dtype }) => ({ shape, dtype }));
}

/** TF_ATTR_STRING 0, TF_ATTR_INT 1 (lists too), TF_ATTR_BOOL 3, TF_ATTR_TYPE 4 (tensorflow/c/tf_attrtype.h). */
function plainAttr([name, value]: [string, unknown]): OpAttr {
  const type = typeof value === 'boolean' ? 3 : typeof value === 'string' ? 0 : 1;
  return { name, type, value: value as number };
}

function types(values: Record<string, number>): OpAttr[] {
  return Object.entries(values).map(([name, value]) => ({ name, type: 4, value }));
}

/** A small fixed generator (mulberry32), another sequence for each op. */
function generator(op: string): Draw {
  let state = [...op].reduce((h, c) => Math.imul(h, 31) + c.charCodeAt(0), 7);
  return (from, to) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return from + (((t ^ (t >>> 14)) >>> 0) % (to - from + 1));
  };
}
