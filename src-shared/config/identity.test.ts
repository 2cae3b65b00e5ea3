import { expect, test } from 'vitest';
import { FIELDS } from './fields.ts';
import { configHash, diffConfigs } from './identity.ts';
import { resolveConfig } from './resolve.ts';
import { leavesOf, withLeaf } from './run-config.ts';
import type { Leaf, RunConfig } from './run-config.ts';

const base = resolveConfig({ config: 'augreg:R26_S_32', overrides: ['--config.dataset=photos'] }).config;

test('every field moves the hash, but those that may change', () => {
  for (const [path, value] of leavesOf(base)) {
    const other = withLeaf(base, path, different(value));
    expect(configHash(other) === configHash(base), path).toBe(FIELDS[path]!.mayChange ?? false);
    expect(diffConfigs(base, other)).toEqual([
      { path, a: value, b: different(value), mayChange: FIELDS[path]!.mayChange ?? false },
    ]);
  }
});

test('the order of fields does not matter', () => {
  const shuffled = Object.fromEntries(Object.entries(base).reverse()) as unknown as RunConfig;
  expect(configHash(shuffled)).toBe(configHash(base));
  expect(configHash(base)).toMatch(/^[0-9a-f]{16}$/);
});

test('fields that only one has', () => {
  const plain = resolveConfig({ config: 'augreg:S_32', overrides: ['--config.dataset=photos'] }).config;
  const paths = diffConfigs(plain, base).map((d) => d.path);
  expect(paths).toContain('model.resnet.num_layers');
  expect(diffConfigs(plain, plain)).toEqual([]);
});

function different(value: Leaf): Leaf {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return Array.isArray(value) ? [...value, 1] : `${value}x`;
}

test('runs from before a field came stay the same runs', () => {
  const hashes = [undefined, 'augreg:R26_S_32', 'vit:b16,cifar10', 'mixer_base16_cifar10'].map((config) =>
    configHash(resolveConfig({ ...(config ? { config } : {}), overrides: ['--config.dataset=photos'] }).config),
  );
  // As they were without config.vitrine.optim.
  expect(hashes).toEqual(['2f4f48ba46cde54e', '9738f7791492a38e', 'ab1709d77a8776e3', '8ec8e7a857be2ab5']);
  const { optim: _, ...vitrine } = base.vitrine;
  const before = { ...base, vitrine } as RunConfig;
  expect(configHash(before)).toBe(configHash(base));
  expect(diffConfigs(before, base)).toEqual([]);
  const adam = withLeaf(base, 'vitrine.optim.name', 'adam');
  expect(diffConfigs(before, adam)).toEqual([{ path: 'vitrine.optim.name', a: 'sgd', b: 'adam', mayChange: false }]);
});
