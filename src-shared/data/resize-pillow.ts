import type { Preprocessing } from '../checkpoints/sidecar.ts';
import type { Placement } from './placement.ts';
import { KERNELS, type KernelName } from './resample-kernels.ts';
import type { RgbImage } from './resize-bilinear.ts';

/** Bits behind the point of Pillow's weights: 32 less 8 of a level and 2 for what goes beyond. */
export const PRECISION_BITS = 22;

/**
 * Pillow's `Image.resize` and the part of it that is placed, to the level: two passes with the kernel widened by the
 * scale, weights of 22 bits, cut back to bytes after each pass (libImaging/Resample.c); nearest by its own steps
 * (libImaging/Geometry.c). Black lies outside the resized image.
 * @param image of whole levels
 * @param resolution height and width of the part, px
 */
export function resizePillow(
  image: RgbImage,
  { size, corner }: Placement,
  { resize, resolution }: Pick<Preprocessing, 'resize' | 'resolution'>,
): RgbImage<Uint8Array> {
  const [height, width] = resolution;
  const axis = (n: 0 | 1): Taps => {
    const span = { from: [image.height, image.width][n]!, to: size[n], corner: corner[n], count: resolution[n] };
    return resize === 'nearest' ? nearestTaps(span) : kernelTaps(span, resize);
  };
  const [ys, xs] = [axis(0), axis(1)];
  if (isDownFirst([image.height, image.width], size)) {
    const down = pass(image.data, ys, { outer: 1, length: image.height, inner: image.width * 3 });
    return { data: pass(down, xs, { outer: height, length: image.width, inner: 3 }), height, width };
  }
  // Rows that no output reads are left out.
  const top = ys.first.reduce((least, y) => Math.min(least, y), image.height);
  const bottom = ys.first.reduce((most, y, i) => Math.max(most, y + ys.count[i]!), top);
  const rows = image.data.subarray(top * image.width * 3, bottom * image.width * 3);
  const across = pass(rows, xs, { outer: bottom - top, length: image.width, inner: 3 });
  const below = { ...ys, first: ys.first.map((y) => Math.max(y - top, 0)) };
  return { data: pass(across, below, { outer: 1, length: bottom - top, inner: width * 3 }), height, width };
}

/**
 * Whether Pillow resizes the height first, which rounds otherwise: from Pillow 13 on where the height loses more than
 * twice what the width loses; before always the width (found by comparing both orders with Pillow 13.0.0).
 */
function isDownFirst(
  [height, width]: readonly [number, number],
  [toHeight, toWidth]: readonly [number, number],
): boolean {
  return toHeight < height && height - toHeight > 2 * (width - toWidth);
}

/** Resamples the middle axis: [outer, length, inner] -> [outer, outputs, inner]. Sums of 32 bits, as Pillow's. */
function pass(
  data: ArrayLike<number>,
  { first, count, weights, width }: Taps,
  { outer, length, inner }: { outer: number; length: number; inner: number },
): Uint8Array {
  const outputs = first.length;
  const result = new Uint8Array(outer * outputs * inner);
  for (let o = 0, to = 0; o < outer; o++) {
    for (let i = 0; i < outputs; i++) {
      const from = (o * length + first[i]!) * inner;
      const taps = weights.subarray(i * width, i * width + count[i]!);
      for (let e = 0; e < inner; e++, to++) {
        let sum = 1 << (PRECISION_BITS - 1);
        for (let k = 0, at = from + e; k < taps.length; k++, at += inner) sum += data[at]! * taps[k]!;
        result[to] = Math.min(Math.max(sum >> PRECISION_BITS, 0), 255);
      }
    }
  }
  return result;
}

/** Where each output reads along one axis, and with which weights. */
interface Taps {
  /** First input of each output, and how many; none outside the image. */
  first: Int32Array;
  count: Int32Array;
  /** [outputs, width], in units of 2^-22. */
  weights: Int32Array;
  width: number;
}

interface Span {
  /** Sides before and after the resize, px. */
  from: number;
  to: number;
  /** Of the part that is wanted: where it begins in the resized image, and how long it is. */
  corner: number;
  count: number;
}

function kernelTaps({ from, to, corner, count }: Span, name: KernelName): Taps {
  const { radius, at: kernel } = KERNELS[name];
  const scale = from / to;
  const wide = Math.max(scale, 1);
  const support = radius * wide;
  const narrow = 1 / wide;
  const taps = emptyTaps(count, 2 * Math.ceil(support) + 1);
  const row = new Float64Array(taps.width);
  for (let i = 0; i < count; i++) {
    const at = corner + i;
    if (at < 0 || at >= to) continue;
    const centre = (at + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const read = Math.min(Math.trunc(centre + support + 0.5), from) - first;
    let total = 0;
    for (let k = 0; k < read; k++) total += row[k] = kernel((k + first - centre + 0.5) * narrow);
    for (let k = 0; k < read; k++) {
      const weight = (total === 0 ? row[k]! : row[k]! / total) * 2 ** PRECISION_BITS;
      taps.weights[i * taps.width + k] = Math.trunc(weight + (weight < 0 ? -0.5 : 0.5));
    }
    taps.first[i] = first;
    taps.count[i] = read;
  }
  return taps;
}

/** One input an output, whole. Pillow adds the scale up from output to output, which rounds otherwise than a product. */
function nearestTaps({ from, to, corner, count }: Span): Taps {
  const taps = emptyTaps(count, 1);
  const scale = from / to;
  for (let at = 0, position = scale * 0.5; at < Math.min(to, corner + count); at++, position += scale) {
    const i = at - corner;
    if (i < 0) continue;
    taps.first[i] = Math.min(Math.trunc(position), from - 1);
    taps.count[i] = 1;
    taps.weights[i] = 2 ** PRECISION_BITS;
  }
  return taps;
}

function emptyTaps(outputs: number, width: number): Taps {
  const [first, count] = [new Int32Array(outputs), new Int32Array(outputs)];
  return { first, count, weights: new Int32Array(outputs * width), width };
}
