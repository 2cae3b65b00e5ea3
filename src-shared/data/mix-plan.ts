import type { AugmentationConfig } from '../config/run-config.ts';
import { drawBeta } from '../beta.ts';
import { keyOf, philox4x32, randomFromPair, STREAM, type RandomSource } from '../random.ts';

/** How the images of a batch are mixed with their neighbours: the shares that each keeps of itself. */
export interface Mix {
  /** Of its label. */
  label: number;
  /** Of its pixels outside the box, and inside. */
  outside: number;
  inside: number;
  /** Top, left, bottom, right, px; the last two are not in it. Empty for mixup. */
  box: readonly [number, number, number, number];
}

type Alphas = Pick<AugmentationConfig, 'mixup' | 'cutmix'>;

export function mixes({ mixup, cutmix }: Alphas): boolean {
  return mixup > 0 || cutmix > 0;
}

/**
 * Draws the mix of one part of a step's batch from the run's seed alone. Where both are on, a coin says which, as in
 * timm. Mixup is big_vision's: an image keeps the larger of the two shares. Cutmix is timm's: a box of the share's
 * area round a uniform centre, cut off at the edges; labels are mixed by the area that is left.
 */
export function planMix(
  { mixup, cutmix }: Alphas,
  at: { seed: number; step: number; part: number; imageSize: readonly [number, number] },
): Mix {
  const [a, b] = philox4x32([at.step >>> 0, at.part, STREAM.mix, 0], keyOf(at.seed));
  const random = randomFromPair([a, b]);
  const cut = mixup > 0 && cutmix > 0 ? random.float() < 0.5 : cutmix > 0;
  if (cut) return cutMix(drawBeta(random, cutmix), random, at.imageSize);
  const share = drawBeta(random, mixup);
  const own = Math.max(share, 1 - share);
  return { label: own, outside: own, inside: own, box: [0, 0, 0, 0] };
}

function cutMix(share: number, random: RandomSource, [height, width]: readonly [number, number]): Mix {
  const side = Math.sqrt(1 - share);
  const along = (size: number): [from: number, to: number] => {
    const half = Math.floor(Math.floor(size * side) / 2);
    const centre = random.below(size);
    return [Math.max(0, centre - half), Math.min(size, centre + half)];
  };
  const [[top, bottom], [left, right]] = [along(height), along(width)];
  const label = 1 - ((bottom - top) * (right - left)) / (height * width);
  return { label, outside: 1, inside: 0, box: [top, left, bottom, right] };
}
