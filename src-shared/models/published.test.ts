import { expect, test } from 'vitest';
import { parseAdaptName, parsePretrainName, AUGREG_MODELS } from './names.ts';
import { PUBLISHED, recommendedFor } from './published.ts';

test('every model of the paper has one, spelled as the grammar has it', () => {
  expect(PUBLISHED.map((p) => p.model).sort()).toEqual([...AUGREG_MODELS].sort());
  for (const p of PUBLISHED) {
    expect(parsePretrainName(p.filename)).toMatchObject({ model: p.model, ds: 'i21k' });
    expect(parseAdaptName(p.adaptFilename)).toMatchObject({ ds: 'imagenet2012', resolution: p.resolution });
    expect(p.adaptFilename.startsWith(`${p.filename}--`)).toBe(true);
  }
});

// As printed (and rounded) in vit_jax's README.
test.each([
  [
    'L_16',
    'L_16-i21k-300ep-lr_0.001-aug_strong1-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_384',
    50,
    85.59,
  ],
  [
    'B_16',
    'B_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384',
    138,
    85.49,
  ],
  [
    'S_16',
    'S_16-i21k-300ep-lr_0.001-aug_light1-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384',
    300,
    83.73,
  ],
  [
    'R50_L_32',
    'R50_L_32-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.01-res_384',
    327,
    85.99,
  ],
  [
    'R26_S_32',
    'R26_S_32-i21k-300ep-lr_0.001-aug_light1-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_384',
    560,
    83.85,
  ],
  [
    'Ti_16',
    'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384',
    610,
    78.22,
  ],
  [
    'B_32',
    'B_32-i21k-300ep-lr_0.001-aug_light1-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_384',
    955,
    83.59,
  ],
  [
    'S_32',
    'S_32-i21k-300ep-lr_0.001-aug_none-wd_0.1-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.01-res_384',
    2154,
    79.58,
  ],
  [
    'R_Ti_16',
    'R_Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0--imagenet2012-steps_20k-lr_0.03-res_384',
    2426,
    75.4,
  ],
])('%s', (model, adaptFilename, imagesPerSecond, percent) => {
  const p = recommendedFor(model);
  expect(p.adaptFilename).toBe(adaptFilename);
  expect(Math.round(p.imagesPerSecond!)).toBe(imagesPerSecond);
  expect(Math.abs(p.top1 * 100 - percent)).toBeLessThan(0.0051);
});

test('a model without a published recommendation is an error that says so', () => {
  expect(() => recommendedFor('R26_B_32')).toThrow('No recommended AugReg checkpoint is published for "R26_B_32".');
});
