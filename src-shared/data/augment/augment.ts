import type { AugmentationConfig } from '../../config/run-config.ts';
import type { RandomSource } from '../../random.ts';
import { colorJitter, JITTER_DRAWS } from './color-jitter.ts';
import { erase, erasedBox, ERASING_DRAWS } from './erasing.ts';
import type { Levels } from './level-ops.ts';
import { DRAWS_A_LAYER, randAugment } from './rand-augment.ts';

/** What is done to single training images, beside crop and flip. */
export type Augmentation = Pick<AugmentationConfig, 'rand_layers' | 'rand_magnitude' | 'color_jitter' | 'erasing'>;

export const NO_AUGMENTATION: Augmentation = { rand_layers: 0, rand_magnitude: 0, color_jitter: 0, erasing: 0 };

/** After crop, resize and flip, in this order: RandAugment, colour jitter. */
export function augmentLevels(image: Levels, augmentation: Augmentation, random: RandomSource): Levels {
  const { rand_layers: layers, rand_magnitude: magnitude, color_jitter: jitter } = augmentation;
  const draws = (count: number): number[] => Array.from({ length: count }, () => random.float());
  const randomised = layers > 0 ? randAugment(image, magnitude, draws(DRAWS_A_LAYER * layers)) : image;
  return jitter > 0 ? colorJitter(randomised, jitter, draws(JITTER_DRAWS)) : randomised;
}

/** After the values are in the model's range: erasing, in place. */
export function augmentValues(
  data: Float32Array,
  { size, erasing }: { size: readonly [number, number]; erasing: number },
  random: RandomSource,
): void {
  if (erasing === 0) return;
  const draws = Array.from({ length: ERASING_DRAWS }, () => random.float());
  const box = erasedBox(size, erasing, draws);
  if (box !== null) erase(data, { width: size[1], box }, random);
}
