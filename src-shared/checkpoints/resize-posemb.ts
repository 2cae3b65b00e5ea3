/** Position embeddings and the grid they belong to. */
export interface PosembGrid {
  /** Tokens before the grid (the class token), copied as they are. */
  readonly prefixTokens: number;
  /** Patches along height and width. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  /** D. */
  readonly width: number;
}

/**
 * Resizes position embeddings to another grid: bilinear with aligned corners (the first and last patch stay where they
 * are), in float64, rounded to float32 at the end. Follows vit_jax/checkpoint.py (interpolate_posembed), whose
 * scipy.ndimage.zoom(order=1) it equals, except where scipy loses the last row and column: for some pairs of grids
 * (24 to 22, 16 to 30, …) rounding puts its last coordinate just outside, and it fills zeros. Here that coordinate is
 * held inside.
 * @param posemb [1, prefix + fromH * fromW, D], flat
 * @returns [1, prefix + toH * toW, D], flat
 */
export function resizePosemb(posemb: Float32Array, grid: PosembGrid): Float32Array {
  const { prefixTokens, from, to, width: D } = grid;
  const out = new Float32Array((prefixTokens + to[0] * to[1]) * D);
  out.set(posemb.subarray(0, prefixTokens * D));
  const source = posemb.subarray(prefixTokens * D); // [fromH, fromW, D]
  const target = out.subarray(prefixTokens * D); // [toH, toW, D]
  const rows = samples(from[0], to[0]);
  const columns = samples(from[1], to[1]);
  for (const [y, row] of rows.entries()) {
    for (const [x, column] of columns.entries()) {
      const corners = [
        (row.low * from[1] + column.low) * D,
        (row.low * from[1] + column.high) * D,
        (row.high * from[1] + column.low) * D,
        (row.high * from[1] + column.high) * D,
      ] as const;
      const at = (y * to[1] + x) * D;
      for (let d = 0; d < D; d++) {
        target[at + d] =
          source[corners[0] + d]! * (1 - row.part) * (1 - column.part) +
          source[corners[1] + d]! * (1 - row.part) * column.part +
          source[corners[2] + d]! * row.part * (1 - column.part) +
          source[corners[3] + d]! * row.part * column.part;
      }
    }
  }
  return out;
}

/** For each of `to` positions: the neighbours among `from`, and how far it lies towards the second. */
function samples(from: number, to: number): { low: number; high: number; part: number }[] {
  const scale = to > 1 ? (from - 1) / (to - 1) : 1;
  return Array.from({ length: to }, (_, i) => {
    const position = Math.min(i * scale, from - 1);
    const low = Math.floor(position);
    return { low, high: Math.min(low + 1, from - 1), part: position - low };
  });
}
