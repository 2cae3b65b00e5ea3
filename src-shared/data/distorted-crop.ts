import type { RandomSource } from '../random.ts';
import { halfToEven } from './half-to-even.ts';
import type { CropBox } from './resize-bilinear.ts';

export interface DistortedCropOptions {
  /** Smallest share of the image's area, 0 … 1; vit_jax: 0.05. The largest is the whole image. */
  areaMin: number;
  random: RandomSource;
  /** Width over height; TensorFlow's default. */
  aspect?: readonly [number, number];
  attempts?: number;
}

/** TensorFlow's defaults, which vit_jax leaves as they are. */
const ASPECT = [0.75, 1.33] as const;
const ATTEMPTS = 100;

/**
 * A random crop as TensorFlow's sample_distorted_bounding_box makes one without boxes: an aspect ratio, then a height
 * uniform among those whose area lies between `areaMin` and the whole, then a place; the whole image where no attempt
 * fits. Not its random numbers: those are the generator's. (Height, not area, is uniform, so crops are smaller on
 * average than torchvision's.)
 */
export function distortedCrop(size: readonly [number, number], options: DistortedCropOptions): CropBox {
  const [low, high] = options.aspect ?? ASPECT;
  for (let attempt = 0; attempt < (options.attempts ?? ATTEMPTS); attempt++) {
    const aspect = low + (high - low) * options.random.float();
    const box = cropWithAspect(size, aspect, options);
    if (box !== null) return box;
  }
  return { y: 0, x: 0, height: size[0], width: size[1] };
}

function cropWithAspect(
  [imageH, imageW]: readonly [number, number],
  aspect: number,
  options: DistortedCropOptions,
): CropBox | null {
  const maxArea = imageH * imageW;
  const minArea = options.areaMin * maxArea;
  let maxHeight = halfToEven(Math.sqrt(maxArea / aspect));
  // The tallest crop whose rounded width still fits.
  if (halfToEven(maxHeight * aspect) > imageW) {
    maxHeight = Math.floor((imageW + 0.5 - 1e-7) / aspect);
    if (halfToEven(maxHeight * aspect) > imageW) maxHeight--;
  }
  maxHeight = Math.min(maxHeight, imageH);
  const minHeight = Math.min(halfToEven(Math.sqrt(minArea / aspect)), maxHeight);
  let height = minHeight + (minHeight < maxHeight ? options.random.below(maxHeight - minHeight + 1) : 0);
  let width = halfToEven(height * aspect);
  // Rounding may have left the range by a row: one more, or one fewer.
  if (width * height < minArea) width = halfToEven(++height * aspect);
  if (width * height > maxArea) width = halfToEven(--height * aspect);
  const area = width * height;
  if (area < minArea || area > maxArea || width > imageW || height > imageH || width < 1 || height < 1) return null;
  return {
    height,
    width,
    y: height < imageH ? options.random.below(imageH - height) : 0,
    x: width < imageW ? options.random.below(imageW - width) : 0,
  };
}
