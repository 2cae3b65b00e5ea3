import { expect, test } from 'vitest';
import { resolveConfig } from '../../../src-shared/config/resolve.ts';
import { leavesOf } from '../../../src-shared/config/run-config.ts';
import { changesOf, differingFields } from './changes.ts';

const configOf = (config: string, overrides: string[]) =>
  leavesOf(resolveConfig({ config, overrides }).config).map(([path, value]) => ({ path, value }));

test('fields beside their preset', () => {
  const preset = 'vit:b16,cifar10';
  const changes = changesOf({ preset, config: configOf(preset, ['--config.base_lr=0.1']) });
  expect(changes.filter((field) => field.preset !== null)).toEqual([
    { path: 'base_lr', value: 0.1, preset: { value: 0.01 } },
  ]);
  // A preset that this version doesn't know has nothing to compare with.
  expect(changesOf({ preset: 'gone', config: configOf(preset, []) }).every((field) => field.preset === null)).toBe(
    true,
  );
});

test('only the fields in which configurations differ', () => {
  const a = configOf('vit:b16,cifar10', ['--config.seed=1']);
  const b = configOf('vit:b16,cifar10', ['--config.seed=2', '--config.batch=64']);
  expect(differingFields([a, b, a])).toEqual([
    { path: 'batch', values: [512, 64, 512] },
    { path: 'seed', values: [1, 2, 1] },
  ]);
  expect(differingFields([a, a])).toEqual([]);
});
