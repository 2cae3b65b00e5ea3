import type { FilterSummary } from '../../../src-shared/contract/weights.ts';
import { principalComponents } from './principal-components.ts';

/** As in figure 7 of the ViT paper (arXiv:2010.11929). */
const COMPONENTS = 28;

/**
 * The filters of an embedding as pictures, and their principal components.
 * @param kernel [h, w, 3, D]
 * @param standardised each filter is taken about its own mean, as a convolution with weight standardisation uses it
 * @returns pixels: [D, h, w, 3] bytes about 128
 */
export function filterPictures(
  kernel: { shape: readonly number[]; data: Float32Array },
  standardised: boolean,
): Pick<FilterSummary, 'size' | 'filters' | 'nonFinite' | 'components'> & { pixels: Uint8Array } {
  const [h, w, channels, filters] = kernel.shape as [number, number, number, number];
  const p = h * w * channels;
  let nonFinite = 0;
  const rows = new Float32Array(kernel.data.length); // [D, p]
  for (let i = 0; i < p; i++)
    for (let d = 0; d < filters; d++) {
      const value = kernel.data[i * filters + d]!;
      if (Number.isFinite(value)) rows[d * p + i] = value;
      else nonFinite++;
    }
  const pixels = new Uint8Array(rows.length);
  for (let d = 0; d < filters; d++) {
    const row = rows.subarray(d * p, (d + 1) * p);
    if (standardised) {
      const mean = row.reduce((sum, value) => sum + value, 0) / p;
      for (let i = 0; i < p; i++) row[i]! -= mean;
    }
    pixels.set(asBytes(row), d * p);
  }
  const { vectors, shares } =
    nonFinite > 0 ? { vectors: [], shares: [] } : principalComponents(rows, { n: filters, p, k: COMPONENTS });
  return {
    size: [h, w],
    filters,
    nonFinite,
    components: vectors.map((vector, i) => ({
      share: shares[i]!,
      pixels: Buffer.from(asBytes(vector)).toString('base64'),
    })),
    pixels,
  };
}

/** 128 is zero, 1 or 255 the largest magnitude. */
function asBytes(values: Float32Array | Float64Array): Uint8Array {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return Uint8Array.from(values, (value) => 128 + (most === 0 ? 0 : Math.round((127 * value) / most)));
}
