import { DIGITS } from '../../../src-shared/config/recipes/methods.ts';
import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import { formatCount } from '../../ui/format.ts';
import { strings } from './strings.ts';

/** A goal that suits what was chosen, and why. */
export interface SuitableGoal {
  readonly preset: string;
  readonly flags: readonly string[];
  readonly why: string | null;
}

/** Images below which a model overfits within minutes, as the preset `small` says. */
const FEW_IMAGES = 5000;
/** Of the preset `small`. */
const SMALL = { steps: 500, batch: 128, share: 0.9 };
/** Times that each image is seen at most: more teach a small set nothing new. */
const EPOCHS = 30;
const [LEAST_STEPS, ROUND] = [100, 50];

/** @param chosen whether both bundled samples were taken */
export function suitableGoal(
  dataset: Pick<Dataset, 'images' | 'splits'> | null,
  { samples }: { samples: boolean },
): SuitableGoal {
  if (samples) return { preset: DIGITS.id, flags: [], why: strings.goal.forSamples };
  if (dataset === null || dataset.images === 0 || dataset.images >= FEW_IMAGES)
    return { preset: '', flags: [], why: null };
  const steps = stepsFor(trainImages(dataset));
  const flags = steps < SMALL.steps ? [`--config.total_steps=${steps}`] : [];
  return { preset: 'small', flags, why: strings.goal.forFew(formatCount(dataset.images), formatCount(steps)) };
}

function trainImages({ images, splits }: Pick<Dataset, 'images' | 'splits'>): number {
  return splits.find(({ name }) => name === 'train')?.images ?? images;
}

/** Updates of the preset `small` for so many training images. */
export function stepsFor(images: number): number {
  const steps = (EPOCHS * images * SMALL.share) / SMALL.batch;
  return Math.min(SMALL.steps, Math.max(LEAST_STEPS, ROUND * Math.round(steps / ROUND)));
}
