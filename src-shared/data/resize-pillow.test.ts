import { describe, expect, it } from 'vitest';
import type { Preprocessing } from '../checkpoints/sidecar.ts';
import { resizePillow } from './resize-pillow.ts';
import cases from './testdata/pillow.json' with { type: 'json' };

const bytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

describe("resizePillow gives Pillow 13's levels", () => {
  it.each(cases)('$resize, $before to $after', ({ resize, before, after, pixels, expected }) => {
    const image = { data: bytes(pixels), height: before[0]!, width: before[1]! };
    const size: [number, number] = [after[0]!, after[1]!];
    const method = resize as Preprocessing['resize'];
    const whole = resizePillow(image, { size, corner: [0, 0] }, { resize: method, resolution: size });
    expect(whole.data).toEqual(bytes(expected));
    // The middle alone is that part of the whole; black lies around it.
    const resolution: [number, number] = [size[0] - 2, size[1] + 2];
    const middle = resizePillow(image, { size, corner: [1, -1] }, { resize: method, resolution });
    for (let y = 0; y < resolution[0]; y++) {
      for (let x = 0; x < resolution[1]; x++) {
        const inside = x >= 1 && x <= size[1];
        const from = ((y + 1) * size[1] + x - 1) * 3;
        const level = inside ? [...whole.data.subarray(from, from + 3)] : [0, 0, 0];
        const at = (y * resolution[1] + x) * 3;
        expect([...middle.data.subarray(at, at + 3)]).toEqual(level);
      }
    }
  });
});
