import { describe, expect, it } from 'vitest';
import { checkpointFail } from './checkpoint-error.ts';
import { formatNpyHeader, parseNpyHeader } from './npy-header.ts';
import { parsePythonLiteral } from './python-literal.ts';

const fail = checkpointFail('x.npz', 't');

function header(text: string, version = 1): Uint8Array {
  const prefix = version === 1 ? [text.length & 0xff, text.length >> 8] : [text.length & 0xff, text.length >> 8, 0, 0];
  return new Uint8Array([
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    version,
    0,
    ...prefix,
    ...new TextEncoder().encode(text),
  ]);
}

describe('formatNpyHeader', () => {
  it('reads back, aligned to 64 bytes', () => {
    for (const shape of [[], [3], [1, 197, 768], [16, 16, 3, 768], Array<number>(20).fill(100)]) {
      const bytes = formatNpyHeader(shape);
      expect(bytes.length % 64).toBe(0);
      expect(parseNpyHeader(bytes, fail)).toMatchObject({
        shape,
        descr: '<f4',
        fortranOrder: false,
        dataOffset: bytes.length,
      });
    }
  });
});

describe('parseNpyHeader', () => {
  it('reads what old and other writers write', () => {
    const python2 = "{'descr': '<f4', 'fortran_order': False, 'shape': (3L, 4L), }\n";
    expect(parseNpyHeader(header(python2), fail)).toMatchObject({ shape: [3, 4] });
    const unspaced = '{"shape":(5,),"fortran_order":True,"descr":">i2"}';
    for (const version of [1, 2, 3]) {
      expect(parseNpyHeader(header(unspaced, version), fail)).toMatchObject({
        shape: [5],
        fortranOrder: true,
        dtype: { name: 'int16', itemSize: 2, bigEndian: true },
      });
    }
  });

  it('says how many bytes it needs', () => {
    const bytes = formatNpyHeader([3]);
    expect(parseNpyHeader(bytes.subarray(0, 8), fail)).toBe(12);
    expect(parseNpyHeader(bytes.subarray(0, 60), fail)).toBe(128);
  });

  it.each([
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}", 'damaged'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 'damaged'],
    ["{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}", 'damaged'],
    ["{'descr': '<f4', 'shape': (3,)}", 'damaged'],
    ["{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}", 'structured'],
    [`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1,'.repeat(65)})}`, '65 dimensions'],
    [`{'descr': ${'('.repeat(3000)}`, 'damaged'],
    ["__import__('os').system('true')", 'damaged'],
    [' '.repeat(20_000), 'more than the 10000'],
  ])('refuses %.60s', (text, message) => {
    expect(() => parseNpyHeader(header(text), fail)).toThrow(message);
  });

  it('leaves types that are not read without a dtype', () => {
    for (const descr of ['|O', '<c8', '<U5', '|S3', '<f16', '<M8[ns]']) {
      const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (3,)}`;
      expect(parseNpyHeader(header(text), fail)).toMatchObject({ descr, dtype: undefined });
    }
  });
});

it('parsePythonLiteral evaluates nothing', () => {
  expect(parsePythonLiteral(" {'a': [1, (2,), None, True], } ")).toEqual(new Map([['a', [1, [2], null, true]]]));
  for (const text of ['', '1+1', '{1: 2}', '(1', '1 2', "'a'b", 'f()', '{"a" "b"}', '[,]']) {
    expect(() => parsePythonLiteral(text), text).toThrow(SyntaxError);
  }
});
