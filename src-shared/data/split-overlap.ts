import { AppError } from '../errors.ts';
import type { ImageDataset, ImageItem } from './dataset.ts';
import { plural } from './file-names.ts';
import { parseSplit } from './split-string.ts';
import { roleOfSplit } from './splits.ts';

/** A split as it was asked for, and what it selects. */
export interface Selection {
  expression: string;
  items: readonly ImageItem[];
}

/**
 * The images of one selection that are in another, in its order: of the same file, or the same stretch of a larger
 * one, however the splits are spelled. The same picture in two files is another matter: "vitrine data check" looks
 * into them.
 */
export function overlapOf(items: readonly ImageItem[], others: readonly ImageItem[]): ImageItem[] {
  const paths = new Set(others.map(({ path }) => path));
  return items.filter(({ path }) => paths.has(path));
}

/** What is wrong with a test on images that are trained on: how many, one of them, splits that would do. Null: nothing. */
export function overlapError(
  { splits }: Pick<ImageDataset, 'splits'>,
  { train, test }: { train: Selection; test: Selection },
): AppError | null {
  const both = overlapOf(train.items, test.items);
  if (both.length === 0) return null;
  const { name } = parseSplit(train.expression)[0]!;
  const apart = Object.keys(splits).find(
    (other) => ['test', 'validation'].includes(roleOfSplit(other) ?? '') && isApart(splits[other]!, train.items),
  );
  return new AppError(
    'bad_dataset',
    `The splits "${train.expression}" to train on and "${test.expression}" to test on overlap: ` +
      `${plural(both.length, 'image is', 'images are')} in both, for example ${both[0]!.name}.`,
    {
      hint:
        `Splits without an image in common are --config.pp.train="${name}[:90%]" --config.pp.test="${name}[90%:]"` +
        `${apart === undefined ? '' : `, or with these images to train on --config.pp.test="${apart}"`}.`,
      details: { train: train.expression, test: test.expression, images: both.length, example: both[0]!.name },
    },
  );
}

function isApart(items: readonly ImageItem[], train: readonly ImageItem[]): boolean {
  return items.length > 0 && overlapOf(train, items).length === 0;
}
