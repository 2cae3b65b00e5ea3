/** Probabilities of one image's logits, in float64. [C] -> [C] */
export function softmax(logits: Float32Array): Float64Array {
  let max = -Infinity;
  for (const z of logits) max = Math.max(max, z);
  const exponentials = Float64Array.from(logits, (z) => Math.exp(z - max));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((e) => e / sum);
}
