import { expect, test } from 'vitest';
import {
  adaptations,
  formatAdaptName,
  formatPretrainName,
  parseAdaptName,
  parsePretrainName,
  pretrainings,
} from './names.ts';

test('758 pre-trainings, each distinct and read back', () => {
  const names = [...pretrainings()];
  const texts = names.map(formatPretrainName);
  expect(names.length).toBe(758);
  expect(new Set(texts).size).toBe(758);
  expect(texts.map(parsePretrainName)).toEqual(names);
});

test('51,476 fine-tunings, each distinct and read back', () => {
  const texts = new Set<string>();
  for (const name of adaptations()) {
    const text = formatAdaptName(name);
    texts.add(text);
    const read = parseAdaptName(text);
    if (read?.steps !== name.steps || formatAdaptName(read) !== text) expect(read).toEqual(name);
  }
  expect(texts.size).toBe(51_476);
});

test('counts of the Colab: 758 of 759 at 224 px, 756 at 384 px, for each rate and number of steps', () => {
  const counts = new Map<string, number>();
  for (const { ds, steps, lr, resolution } of adaptations()) {
    const key = `${resolution}/${ds}/${steps}/${lr}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(counts.size).toBe(68);
  for (const [key, n] of counts) expect(n, key).toBe(key.startsWith('224') ? 758 : 756);
});

test('a name that the repository prints', () => {
  const text =
    'R26_S_32-i21k-300ep-lr_0.001-aug_light1-wd_0.1-do_0.0-sd_0.0--oxford_iiit_pet-steps_0k-lr_0.003-res_384';
  expect(parseAdaptName(text)).toEqual({
    pretrain: { model: 'R26_S_32', ds: 'i21k', lr: 0.001, aug: 'light1', wd: 0.1, do: 0, sd: 0 },
    ds: 'oxford_iiit_pet',
    steps: 500,
    lr: 0.003,
    resolution: 384,
  });
});

test.each([
  '',
  'Ti_16',
  'B_16_i21k_ft1k',
  'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.030-do_0.0-sd_0.0',
  'Ti_16-i21k-300ep-lr_0.001-aug_heavy-wd_0.03-do_0.0-sd_0.0',
  'X_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0',
  'Ti_16-i1k-30ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0',
  'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0.npz',
])('%j is no such name', (text) => {
  expect(parsePretrainName(text)).toBeNull();
  expect(parseAdaptName(text)).toBeNull();
  expect(parseAdaptName(`${text}--cifar100-steps_2k-lr_0.01-res_224`)).toBeNull();
});

test('steps that were not run are refused', () => {
  const head = 'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0';
  expect(parseAdaptName(`${head}--imagenet2012-steps_20k-lr_0.03-res_384`)?.steps).toBe(20_000);
  expect(parseAdaptName(`${head}--imagenet2012-steps_10k-lr_0.03-res_384`)).toBeNull();
});
