import type { Preprocessing } from '../checkpoints/sidecar.ts';
import { halfToEven } from './half-to-even.ts';
import { KERNELS } from './resample-kernels.ts';
import { resizeBilinear, type RgbImage } from './resize-bilinear.ts';

const f = Math.fround;

/** Where each output reads along one axis: `width` inputs from `first` on, those outside the image with weight 0. */
interface Taps {
  width: number;
  first: Int32Array;
  /** [outputs, width] */
  weights: Float32Array;
}

/**
 * `tf.image.resize(image, size, method)` without antialiasing: half-pixel centres, in float32, not cut back to levels.
 * Returns [h, w, 3].
 */
export function resizePlain(
  image: RgbImage,
  size: readonly [number, number],
  method: Preprocessing['resize'],
): RgbImage<Float32Array> {
  if (method === 'bilinear') return resizeBilinear(image, size);
  const tapsOf = { nearest: nearestTaps, bicubic: bicubicTaps, lanczos: lanczosTaps }[method];
  const [height, width] = size;
  const [ys, xs] = [tapsOf(image.height, height), tapsOf(image.width, width)];
  const stride = image.width * 3;
  const down = new Float32Array(height * stride);
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < ys.width; k++) {
      const weight = ys.weights[y * ys.width + k]!;
      if (weight === 0) continue;
      const from = (ys.first[y]! + k) * stride;
      for (let i = 0; i < stride; i++) down[y * stride + i]! += image.data[from + i]! * weight;
    }
  }
  const data = new Float32Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let k = 0; k < xs.width; k++) {
        const weight = xs.weights[x * xs.width + k]!;
        if (weight === 0) continue;
        const from = y * stride + (xs.first[x]! + k) * 3;
        for (let c = 0; c < 3; c++) data[(y * width + x) * 3 + c]! += down[from + c]! * weight;
      }
    }
  }
  return { data, height, width };
}

function nearestTaps(inSize: number, outSize: number): Taps {
  const scale = f(inSize / outSize);
  const first = Int32Array.from({ length: outSize }, (_, i) => Math.min(Math.floor(f(f(i + 0.5) * scale)), inSize - 1));
  return { width: 1, first, weights: new Float32Array(outSize).fill(1) };
}

/** Steps of ResizeBicubic's table of weights. */
const TABLE = 1024;

/** ResizeBicubic: four inputs; those beyond the edge have no weight, and the others are scaled up to 1. */
function bicubicTaps(inSize: number, outSize: number): Taps {
  const scale = f(inSize / outSize);
  return tapsFrom({ inSize, outSize, width: 4 }, (i) => {
    const at = f(f(f(i + 0.5) * scale) - 0.5);
    const first = Math.floor(at) - 1;
    const part = halfToEven(f(at - Math.floor(at)) * TABLE) / TABLE;
    return { first, weight: (k) => KERNELS.bicubic.at(k - 1 - part) };
  });
}

/** ScaleAndTranslate's lanczos3: inputs nearer than three pixels. */
function lanczosTaps(inSize: number, outSize: number): Taps {
  const scale = f(1 / f(outSize / inSize));
  const { radius, at: kernel } = KERNELS.lanczos;
  return tapsFrom({ inSize, outSize, width: 2 * radius + 1 }, (i) => {
    const centre = f(f(i + 0.5) * scale);
    const first = Math.ceil(f(centre - radius - 0.5));
    return { first, weight: (k) => kernel(first + k + 0.5 - centre) };
  });
}

function tapsFrom(
  { inSize, outSize, width }: { inSize: number; outSize: number; width: number },
  tap: (output: number) => { first: number; weight: (k: number) => number },
): Taps {
  const taps: Taps = { width, first: new Int32Array(outSize), weights: new Float32Array(outSize * width) };
  for (let i = 0; i < outSize; i++) {
    const { first, weight } = tap(i);
    const row = Array.from({ length: width }, (_, k) => (first + k < 0 || first + k >= inSize ? 0 : weight(k)));
    const total = row.reduce((a, b) => a + b, 0);
    taps.first[i] = first;
    row.forEach((value, k) => (taps.weights[i * width + k] = value / total));
  }
  return taps;
}
