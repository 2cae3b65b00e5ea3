/**
 * Products of every row of `a` [M, width] with every row of `b` [N, width], times the temperature: logits [M, N],
 * row-major, summed in float64.
 */
export function similarities(
  a: Float32Array,
  b: Float32Array,
  { width, temperature }: { width: number; temperature: number },
): Float32Array {
  const [m, n] = [a.length / width, b.length / width];
  const logits = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let product = 0;
      for (let d = 0; d < width; d++) product += a[i * width + d]! * b[j * width + d]!;
      logits[i * n + j] = temperature * product;
    }
  }
  return logits;
}
