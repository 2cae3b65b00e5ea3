import { expect, test } from 'vitest';
import type { ImageDataset, ImageItem } from './dataset.ts';
import { packedPath } from './packed-path.ts';
import { overlapError, overlapOf } from './split-overlap.ts';
import { selectItems } from './splits.ts';

const files = (split: string, n: number): ImageItem[] =>
  Array.from({ length: n }, (_, i) => ({ path: `/d/${split}/${i}.png`, name: `${split}/${i}.png`, label: i % 2 }));
const records = (n: number): ImageItem[] =>
  Array.from({ length: n }, (_, i) => ({
    path: packedPath({ file: '/d/all.pack', offset: 10 * i, length: 10 }),
    name: `all.pack#${i}`,
    label: 0,
  }));

function refusal(dataset: Pick<ImageDataset, 'splits' | 'ordered'>, train: string, other: string) {
  const select = (expression: string) => ({ expression, items: selectItems(dataset, expression).items });
  return overlapError(dataset, { train: select(train), test: select(other) });
}

const folders = { splits: { train: files('train', 100), test: files('test', 20) } };

test.each([
  ['train', 'test'],
  ['train[:98%]', 'test'],
  ['train[:90%]', 'train[90%:]'],
  ['train[10%:90%]', 'train[:10%]+train[90%:]+test'],
  ['train+test[:50%]', 'test[50%:]'],
])('%s and %s have nothing in common', (train, other) => {
  expect(refusal(folders, train, other)).toBeNull();
});

test.each([
  ['train', 'train', 100],
  ['train[:90%]', 'train[80%:]', 10],
  ['train[:90]', 'train[-20:]', 10],
  ['train+test', 'test', 20],
  ['all', 'test[:3]', 3],
  ['train[:51%]', 'train[50%:]', 1],
  // Another spelling of the same split.
  ['training', 'train[99%:]', 1],
])('%s and %s overlap: %i', (train, other, images) => {
  const error = refusal(folders, train, other)!;
  expect(error).toMatchObject({ code: 'bad_dataset', details: { train, test: other, images } });
  const many = images === 1 ? '1 image is in both' : `${images} images are in both`;
  expect(error.message).toContain(`"${train}" to train on and "${other}" to test on overlap: ${many}, for example t`);
});

test('the hint names splits that are disjoint, and the set’s own where it would do', () => {
  const { hint } = refusal(folders, 'train[:90%]', 'train[80%:]')!;
  expect(hint).toContain('--config.pp.train="train[:90%]" --config.pp.test="train[90%:]"');
  expect(hint).toContain('to train on --config.pp.test="test"');
  expect(refusal(folders, 'all', 'test')!.hint).not.toContain('with these images');
  expect(refusal(folders, 'train', 'train')!.message).toContain('for example train/0.png.');
});

test('a test split that stands in for the one that is asked for is the same split', () => {
  const dataset = { splits: { validation: files('validation', 10) } };
  const { message, hint } = refusal(dataset, 'validation[:50%]', 'test')!;
  expect(message).toContain('5 images are in both');
  expect(hint).toContain('--config.pp.test="validation[90%:]".');
});

test('images of one larger file are told apart by their place in it, files by their path', () => {
  const dataset = { splits: { train: records(50) }, ordered: true };
  expect(refusal(dataset, 'train[:40]', 'train[40:]')).toBeNull();
  expect(refusal(dataset, 'train[:40]', 'train[38:]')!.message).toContain(
    '2 images are in both, for example all.pack#38.',
  );
  // A labels file may name a file in both splits.
  const [shared, own] = files('x', 2) as [ImageItem, ImageItem];
  expect(overlapOf([shared, own], [{ ...shared, label: 1 }])).toEqual([shared]);
});
