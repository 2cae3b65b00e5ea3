import type { PositionSimilarity } from '../../../src-shared/contract/weights.ts';

/** A cosine of 1 as a signed byte. */
const ONE = 127;

/**
 * The cosine between the position embeddings of every two places of the grid, and between those of the tokens before
 * the patches and each place (figure 7, centre, of the ViT paper).
 * @param data [prefix.length + grid, D], row-major
 */
export function positionSimilarity(
  data: Float32Array,
  { grid, prefix }: { grid: readonly [number, number]; prefix: readonly ('class' | 'distillation')[] },
): PositionSimilarity {
  const places = grid[0] * grid[1];
  const tokens = prefix.length + places;
  const width = data.length / tokens;
  const unit = new Float64Array(data.length);
  let without = 0;
  for (let t = 0; t < tokens; t++) {
    const row = data.subarray(t * width, (t + 1) * width);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (length > 0 && Number.isFinite(length)) row.forEach((value, i) => (unit[t * width + i] = value / length));
    else if (t >= prefix.length) without++;
  }
  const cosine = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += unit[a * width + i]! * unit[b * width + i]!;
    return Math.round(ONE * Math.max(-1, Math.min(1, sum)));
  };
  const similarities = new Int8Array(places * places);
  const first = prefix.length;
  for (let a = 0; a < places; a++)
    for (let b = a; b < places; b++)
      similarities[a * places + b] = similarities[b * places + a] = cosine(first + a, first + b);
  return {
    grid: [grid[0], grid[1]],
    similarities: base64(similarities),
    prefix: prefix.map((token, t) => ({
      token,
      similarities: base64(Int8Array.from({ length: places }, (_, place) => cosine(t, first + place))),
    })),
    without,
  };
}

function base64(bytes: Int8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
