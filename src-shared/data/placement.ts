import type { Preprocessing } from '../checkpoints/sidecar.ts';
import { halfToEven } from './half-to-even.ts';

/** What an image is resized to, and which part of that the model sees. */
export interface Placement {
  /** Height and width after the resize, px. */
  size: [number, number];
  /** Of the middle that is cut out, [y, x], px; below 0 where the resized image is smaller, and black is put around. */
  corner: [number, number];
}

/**
 * torchvision's sizes (Resize, CenterCrop), which timm uses, and transformers' (image_transforms).
 * @param image height and width, px
 */
export function placementOf(
  { resolution, resized, corner }: Preprocessing,
  image: readonly [number, number],
): Placement {
  const size: readonly [number, number] =
    resized === undefined
      ? resolution
      : resized.fit === 'stretch'
        ? resized.size
        : [sideOf(resized.length, image[0], image), sideOf(resized.length, image[1], image)];
  return {
    size: [size[0], size[1]],
    corner: [middle(size[0] - resolution[0], corner), middle(size[1] - resolution[1], corner)],
  };
}

/** Beyond it a pixel's place has no meaning: an image of one line may be that long. */
export const LONGEST = 2 ** 30;

/** The long side is rounded down. */
function sideOf(short: number, side: number, image: readonly [number, number]): number {
  return Math.min(Math.trunc((short * side) / Math.min(...image)), LONGEST);
}

/** torchvision rounds halves to even where it cuts off, and puts the odd pixel at the end where it adds. */
function middle(spare: number, corner: Preprocessing['corner']): number {
  if (corner === 'down') return Math.floor(spare / 2);
  return spare < 0 ? 0 - Math.floor(-spare / 2) : halfToEven(spare / 2);
}
