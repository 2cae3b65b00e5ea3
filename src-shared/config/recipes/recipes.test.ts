import { expect, test } from 'vitest';
import { FIELDS } from '../fields.ts';
import { formatLeaf } from '../flags.ts';
import { parseOverride } from '../overrides.ts';
import { listPresets } from '../preset-list.ts';
import { presetNamed } from '../presets.ts';
import { resolveConfig } from '../resolve.ts';
import { leavesOf } from '../run-config.ts';
import { DIGITS } from './methods.ts';
import { RECIPES } from './registry.ts';

test('every preset resolves over every kind of base, by a name that resolves to itself', () => {
  expect(new Set(RECIPES.map(({ id }) => id)).size).toBe(RECIPES.length);
  for (const { id, fields } of RECIPES) {
    for (const base of ['', ':Ti_16', ':b16,cifar100', ':augreg:R26_S_32', ':/x/vit_jax/configs/vit.py:l16,cifar10']) {
      const { preset, config, notes } = resolveConfig({ config: id + base, overrides: [], hasCheckpoint: true });
      expect(resolveConfig({ config: preset!, overrides: [], hasCheckpoint: true }).config).toEqual(config);
      const leaves = new Map(leavesOf(config));
      for (const [path, value] of Object.entries(fields)) expect([path, leaves.get(path)]).toEqual([path, value]);
      expect(
        notes.filter((note) => !note.includes('config.dataset')),
        id + base,
      ).toEqual(id === 'aug_light0' ? [expect.stringContaining('rand_magnitude is 0')] : []);
    }
  }
});

test('each value is one that its field takes, and each has a reason and a source', () => {
  const known = Object.keys(FIELDS);
  for (const { id, fields, reason, source } of RECIPES) {
    for (const [path, value] of Object.entries(fields))
      expect(parseOverride(`--config.${path}=${formatLeaf(value)}`, known), id).toEqual({ path, value });
    expect(reason).toMatch(/^[A-Z].*\.$/);
    expect(source.length).toBeGreaterThan(5);
    expect(id).toMatch(/^[a-z0-9_.]+$/);
  }
});

test('all presets are listed, and each id can be asked for', () => {
  const ids = listPresets().flatMap(({ presets }) => presets.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id } of RECIPES) expect(ids).toContain(id);
  for (const id of ids) expect(presetNamed(id).name).toBe(id);
});

test('the demo, which spells the digits’ fields as flags, has the configuration that it always had', () => {
  const flags = Object.entries(DIGITS.fields).map(([name, value]) => `--config.${name}=${formatLeaf(value)}`);
  // In the order and spelling that the demo's mark is a hash of.
  expect(flags).toEqual([
    '--config.total_steps=400',
    '--config.warmup_steps=40',
    '--config.batch=64',
    '--config.accum_steps=1',
    '--config.base_lr=0.03',
    '--config.eval_every=100',
    '--config.checkpoint_every=100',
    '--config.pp.crop=32',
    '--config.vitrine.crop_area_min=0.6',
    '--config.vitrine.flip=false',
  ]);
  const demo = resolveConfig({ overrides: flags, hasCheckpoint: true });
  expect(resolveConfig({ config: 'digits', overrides: [], hasCheckpoint: true }).config).toEqual(demo.config);
});

test('the first one named counts most, and what a model has not is not missed', () => {
  const over = resolveConfig({ config: 'aug_strong2:aug_light1:wd_0.1:B_16', overrides: [] });
  expect(over.preset).toBe('aug_strong2:aug_light1:wd_0.1:augreg:B_16');
  expect(over.config.vitrine.aug).toMatchObject({ rand_layers: 2, rand_magnitude: 20, mixup: 0.8 });
  expect([over.config.base_lr, over.config.vitrine.optim.weight_decay]).toEqual([0.001, 0.1]);
  expect(over.recipes.map(({ recipe }) => recipe.id)).toEqual(['wd_0.1', 'aug_light1', 'aug_strong2']);
  const mixer = resolveConfig({ config: 'probe:mixer_base16_cifar10', overrides: [] });
  expect(mixer.config.vitrine.train).toBe('probe');
  expect(() => resolveConfig({ config: 'do_sd_0.1:mixer_base16_cifar10', overrides: [] })).toThrow(
    "The preset do_sd_0.1 sets config.model.transformer.dropout_rate, which this model doesn't have.",
  );
});

test('levels by their tokens in file names: RandAugment and mixup', () => {
  const rows = ['none', 'light0', 'light1', 'medium1', 'medium2', 'strong1', 'strong2'].map((token) => {
    const { aug } = presetNamed(`aug_${token}`).config.vitrine;
    return [token, aug.rand_layers, aug.rand_magnitude, aug.mixup];
  });
  // big_vision's configs/vit_i21k.py, whose light1 and light2 are the files' light0 and light1.
  expect(rows).toEqual([
    ['none', 0, 0, 0],
    ['light0', 2, 0, 0],
    ['light1', 2, 10, 0.2],
    ['medium1', 2, 15, 0.2],
    ['medium2', 2, 15, 0.5],
    ['strong1', 2, 20, 0.5],
    ['strong2', 2, 20, 0.8],
  ]);
  const { base_lr, vitrine } = presetNamed('wd_0.1').config;
  // big_vision's wd of 0.0001, which isn't multiplied by the rate.
  expect(base_lr * vitrine.optim.weight_decay).toBeCloseTo(0.0001, 12);
});
