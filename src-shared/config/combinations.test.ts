import { expect, test } from 'vitest';
import { checkClasses, checkTrainedBlocks } from './combinations.ts';
import { resolveConfig } from './resolve.ts';

const notesFor = (...overrides: string[]): string[] =>
  resolveConfig({ overrides: overrides.map((text) => `--config.${text}`) }).notes;

test.each([
  [['vitrine.train=probe', 'vitrine.aug.rand_layers=2'], 'can’t have config.vitrine.aug.rand_layers=2'],
  [
    ['vitrine.train=probe', 'model.transformer.dropout_rate=0.1'],
    'can’t have config.model.transformer.dropout_rate=0.1',
  ],
  [
    ['vitrine.train=probe', 'vitrine.stochastic_depth=0.1', 'vitrine.aug.mixup=0.2'],
    'mixup=0.2, config.vitrine.stochastic_depth=0.1',
  ],
  [
    ['model.transformer.num_layers=12', 'vitrine.train=blocks', 'vitrine.train_blocks=13'],
    'but the model has 12 blocks.',
  ],
  [
    ['batch=64', 'accum_steps=1', 'vitrine.devices=3'],
    "config.batch=64 can't be split evenly over config.vitrine.devices=3.",
  ],
  [['batch=64', 'accum_steps=8', 'vitrine.devices=3'], 'a part of the batch, 8 images,'],
])('%j is refused', (overrides, message) => {
  expect(() => notesFor(...overrides)).toThrow(message.replace('’', "'"));
});

test.each([
  [['vitrine.aug.rand_magnitude=9'], 'rand_magnitude has no effect'],
  [['vitrine.aug.rand_layers=2'], 'rand_magnitude is 0'],
  [['vitrine.train_blocks=2'], 'train_blocks has no effect: config.vitrine.train is all.'],
  [['vitrine.train=head', 'vitrine.optim.layer_decay=0.8'], 'layer_decay has no effect'],
  [['vitrine.train=probe'], 'flip and crop_area_min have no effect'],
  [['vitrine.train=probe', 'vitrine.auto_accum=true'], 'auto_accum has no effect'],
  [['vitrine.optim.rho=0.1'], 'rho has no effect: config.vitrine.optim.sharpness is none.'],
  [
    ['vitrine.optim.alpha=0.1', 'vitrine.optim.sharpness=sam'],
    'alpha has no effect: config.vitrine.optim.sharpness is sam.',
  ],
  [['vitrine.ema=0.999'], 'ema=0.999 is never reached: the decay rises as t / (9 + t), to 0.982 after 500'],
  [['vitrine.early_stop=5'], 'early_stop=5 never comes: the run has 5 evaluations'],
  [['eval_every=0', 'vitrine.best_by=loss'], 'there is one evaluation'],
])('%j is noted', (overrides, note) => {
  expect(notesFor(...overrides).join(' ')).toContain(note);
});

test('what is fine together has no note', () => {
  expect(notesFor('vitrine.ema=0.98', 'vitrine.early_stop=3', 'vitrine.best_by=accuracy')).toEqual([]);
  expect(notesFor('vitrine.train=blocks', 'vitrine.train_blocks=2', 'vitrine.devices=2')).toEqual([]);
});

test('what only the checkpoint and the data tell', () => {
  const { vitrine } = resolveConfig({
    overrides: [
      'vitrine.train=blocks',
      'vitrine.train_blocks=4',
      'vitrine.aug.mixup=0.2',
      'vitrine.label_smoothing=0.1',
    ],
  }).config;
  expect(() => checkTrainedBlocks(vitrine, 3)).toThrow('train_blocks=4, but the model has 3 blocks.');
  expect(() => checkTrainedBlocks(vitrine, 4)).not.toThrow();
  expect(() => checkClasses(vitrine, 1)).toThrow(
    'The data set has one class, so config.vitrine.aug.mixup, config.vitrine.label_smoothing can do nothing.',
  );
  expect(() => checkClasses(vitrine, 2)).not.toThrow();
});

test('flags that pass for vit_jax’s: taken as what they mean, or refused with the right name', () => {
  const { config, notes } = resolveConfig({
    config: 'augreg:Ti_16',
    overrides: [
      '--config.dataset_dir=/home/me/photos',
      '--config.batch_size=256',
      '--config.log_every_steps=100',
      '--config.dataset=my_dataset',
    ],
    hasCheckpoint: true,
  });
  expect([config.batch, config.progress_every, config.dataset]).toEqual([256, 100, '/home/me/photos']);
  expect(notes).toEqual([
    'config.dataset_dir is not a field of vit_jax; it is taken as config.dataset.',
    'config.batch_size is not a field of vit_jax; it is taken as config.batch.',
    'config.log_every_steps is not a field of vit_jax; it is taken as config.progress_every.',
  ]);
  const adamw = ['vitrine.optim.name=adamw', 'base_lr=1e-3', 'weight_decay=0.05'];
  expect(resolveConfig({ overrides: adamw }).config.vitrine.optim.weight_decay).toBe(0.05);
  expect(() => notesFor('weight_decay=0.0001')).toThrow(/means nothing here/);
  expect(() => notesFor('batch_size=many')).toThrow('config.batch takes a whole number');
});
