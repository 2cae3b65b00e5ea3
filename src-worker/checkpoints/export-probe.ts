import type { Fingerprint } from '../../src-shared/fingerprint/fingerprint.ts';
import { PHOTOS } from '../../src-shared/fingerprint/photos.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { philox4x32 } from '../../src-shared/random.ts';
import type { Engine } from '../engine/runtime.ts';
import { fingerprintFrom, fingerprintPreprocessing } from '../evaluate/fingerprint-of.ts';
import { photoPixels } from '../evaluate/photo-pixels.ts';

/** Images of noise before the photographs. */
const NOISE = 2;

/** What both are run on: noise, which is no photograph, then the photographs. [NOISE + photos, H, W, 3] */
export async function probe(architecture: Architecture): Promise<NamedTensor> {
  const photos = await photoPixels(fingerprintPreprocessing(architecture));
  const [count, ...shape] = photos.shape;
  const { data } = noise([NOISE, ...shape]);
  const images = new Float32Array(data.length + photos.data.length);
  images.set(data);
  images.set(photos.data, data.length);
  return { shape: [NOISE + count!, ...shape], data: images };
}

/** The fingerprint that the outputs for a probe hold; null where they aren't numbers (weights that are NaN, allowed). */
export function fingerprintIn(outputs: Float32Array, architecture: Architecture, engine: Engine): Fingerprint | null {
  if (!outputs.every(Number.isFinite)) return null;
  const row = outputs.length / (NOISE + PHOTOS.length);
  const preprocessing = fingerprintPreprocessing(architecture);
  return fingerprintFrom(outputs.subarray(NOISE * row), { architecture, preprocessing, engine });
}

/** NaN where there is one; Infinity for outputs of another number. */
export function largestDifference(expected: Float32Array, got: Float32Array): number {
  if (got.length !== expected.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < got.length; i++) {
    if (Object.is(got[i], expected[i])) continue; // also what is NaN in both, where that is allowed
    const difference = Math.abs(got[i]! - expected[i]!);
    if (!(difference <= largest)) largest = difference; // NaN stays
  }
  return largest;
}

/** Numbers in [-1, 1), always the same. */
function noise(shape: number[]): NamedTensor {
  const data = new Float32Array(shape.reduce((n, d) => n * d, 1));
  for (let i = 0; i < data.length; i += 4) {
    philox4x32([i, 0, 0, 0], [0, 0]).forEach((bits, j) => (data[i + j] = bits / 2 ** 31 - 1));
  }
  return { shape, data };
}
