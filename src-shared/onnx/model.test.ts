import { describe, expect, it } from 'vitest';
import { encodeOnnx, type OnnxModel } from './model.ts';
import { intField, joined, varint } from './wire.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the wire format', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [2 ** 32, '8080808010'],
    [-1, 'ffffffffffffffffff01'],
  ])('writes %d as %s', (value, expected) => {
    expect(hex(varint(value))).toBe(expected);
  });

  it('puts number and kind before a field', () => {
    expect(hex(intField(20, 2))).toBe('a00102');
  });
});

const MODEL: OnnxModel = {
  name: 'g',
  description: 'd',
  inputs: [{ name: 'x', shape: ['batch', 2] }],
  outputs: [{ name: 'y', shape: ['batch', 2] }],
  nodes: [{ name: 'y', op: 'Add', inputs: ['x', 'w'], outputs: ['y'], attributes: { axis: { int: -1 } } }],
  initializers: [{ name: 'w', shape: [2], data: Float32Array.of(1, -2) }],
  metadata: { k: 'v' },
};

/** By hand from onnx.proto, field by field. */
const ATTRIBUTE = '0a04' + '61786973' + '18ffffffffffffffffff01' + 'a00102';
const SHAPE = '0a07' + '12056261746368' + '0a02' + '0802';

describe('encodeOnnx', () => {
  it('writes what onnx.proto says', () => {
    const bytes = hex(joined([...encodeOnnx(MODEL)]));
    const node = '0a0178' + '0a0177' + '120179' + '1a0179' + '2203416464' + field('2a', ATTRIBUTE);
    const tensor = '0802' + '1001' + '420177' + '4a08' + '0000803f' + '000000c0';
    const value = (name: string): string => '0a01' + name + field('12', field('0a', '0801' + field('12', SHAPE)));
    const graph =
      field('0a', node) + '120167' + field('5a', value('78')) + field('62', value('79')) + field('2a', tensor);
    const head = '0808' + '1207' + Buffer.from('vitrine').toString('hex') + '320164';
    expect(bytes).toBe(head + field('42', '0a00' + '1011') + field('72', '0a016b' + '120176') + field('3a', graph));
  });

  it('names the file of a tensor that lies outside', () => {
    const external = { location: 'm.data', offsets: new Map([['w', 4096]]) };
    const text = Buffer.concat([...encodeOnnx(MODEL, external)]).toString('latin1');
    expect(text).toMatch(/location.{2}m\.data.*offset.{2}4096.*length.{2}8/s);
    expect(text).not.toContain('\x00\x00\x80\x3f');
  });

  it('refuses a tensor whose numbers are not those of its shape', () => {
    const wrong = { ...MODEL, initializers: [{ name: 'w', shape: [3], data: Float32Array.of(1, -2) }] };
    expect(() => [...encodeOnnx(wrong)]).toThrow('w: 2 numbers for [3]');
  });
});

/** A length-delimited field of less than 128 bytes. */
function field(tag: string, content: string): string {
  return tag + (content.length / 2).toString(16).padStart(2, '0') + content;
}
