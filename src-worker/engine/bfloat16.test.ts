import { beforeAll, describe, expect, test } from 'vitest';
import { bfloat16Bits, fromBfloat16Bits, roundToBfloat16 } from '../../src-shared/bfloat16.ts';
import { createProgram } from './create-program.ts';
import { loadEngine, type Engine } from './runtime.ts';

/** float32 values of bit patterns. */
function fromBits(...bits: number[]): Float32Array {
  return new Float32Array(Uint32Array.from(bits).buffer);
}

/** Every kind of float32: signs, zeros, subnormals, ties both ways, the largest, infinities. */
const SPECIAL = fromBits(
  ...[0, 0x80000000, 1, 0x80000001, 0x7fff, 0x8000, 0x8001, 0x007fffff, 0x00800000, 0x00808000, 0x00818000],
  ...[0x3f800000, 0x3f807fff, 0x3f808000, 0x3f808001, 0x3f818000, 0x3f817fff, 0xbf808000, 0xbf818000],
  ...[0x7f7f0000, 0x7f7f7fff, 0x7f7f8000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000],
);

describe('bfloat16', () => {
  test('rounds to nearest, ties to even, and keeps NaN', () => {
    const rounded = roundToBfloat16(fromBits(0x3f808000, 0x3f818000, 0x3f807fff, 0x3f808001, 0x7f7fffff, 0x7f800001));
    const bits = [...new Uint32Array(rounded.buffer)].map((b) => b.toString(16));
    expect(bits.slice(0, 5)).toEqual(['3f800000', '3f820000', '3f800000', '3f810000', '7f800000']);
    expect(rounded[5]).toBeNaN();
    expect(fromBfloat16Bits(bfloat16Bits(rounded.slice(0, 5)))).toEqual(rounded.slice(0, 5));
  });

  test('a view into a larger buffer is rounded as itself', () => {
    const values = Float32Array.of(9, 1.001, 2.002, 9).subarray(1, 3);
    expect([...roundToBfloat16(values)]).toEqual([1, 2]);
  });

  describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('as TensorFlow', () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await loadEngine('tensorflow');
    });

    test('casts it when a state is stored', async () => {
      let seed = 1;
      const random = Uint32Array.from({ length: 50_000 }, () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0));
      const finite = new Float32Array(random.buffer).filter((v) => !Number.isNaN(v));
      const values = Float32Array.of(...SPECIAL, ...finite, ...finite.map((_, i) => i / 1000));
      const program = await createProgram(engine, {
        name: 'cast',
        state: { rounded: { shape: [values.length], dtype: 'bfloat16' } },
        methods: {},
      });
      await program.writeState(new Map([['rounded', values]]));
      const cast = (await program.readState()).get('rounded') as Float32Array;
      program.dispose();
      const ours = roundToBfloat16(values);
      expect(Buffer.compare(Buffer.from(cast.buffer), Buffer.from(ours.buffer))).toBe(0);
    });
  });
});
