import type { Levels } from './level-ops.ts';
import { GREY, type Transform } from './rand-arguments.ts';

const f = Math.fround;

/** Moves pixels by a transform, taking the nearest; grey where it points outside (TensorFlow's arithmetic). */
export function transformed(image: Levels, transform: Transform): Levels {
  const { data, height, width } = image;
  const [a, b, c, d, e, g] = transform.map(f) as [number, number, number, number, number, number];
  const out = new Float32Array(data.length).fill(GREY);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = nearest(f(f(f(a * x) + f(b * y)) + c));
      const row = nearest(f(f(f(d * x) + f(e * y)) + g));
      if (column < 0 || column >= width || row < 0 || row >= height) continue;
      const from = (row * width + column) * 3;
      out.set(data.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return { ...image, data: out };
}

/** Halves away from zero, as C's round. */
function nearest(at: number): number {
  return Math.sign(at) * Math.floor(Math.abs(at) + 0.5);
}

/** A grey square of twice `half`, px, cut off at the edges; `at` says where its middle is, from 0 to 1. */
export function cutout(image: Levels, half: number, at: readonly [number, number]): Levels {
  const { height, width } = image;
  const [y, x] = [Math.floor(f(f(at[0]) * height)), Math.floor(f(f(at[1]) * width))];
  const data = image.data.slice();
  for (let row = Math.max(0, y - half); row < Math.min(height, y + half); row++) {
    const [left, right] = [Math.max(0, x - half), Math.min(width, x + half)];
    if (left < right) data.fill(GREY, (row * width + left) * 3, (row * width + right) * 3);
  }
  return { ...image, data };
}
