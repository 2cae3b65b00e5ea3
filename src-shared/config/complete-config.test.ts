import { expect, test } from 'vitest';
import { completeConfig } from './complete-config.ts';
import { FIELDS } from './fields.ts';
import { configHash } from './identity.ts';
import { resolveConfig } from './resolve.ts';
import { leavesOf } from './run-config.ts';
import type { RunConfig } from './run-config.ts';

test('a configuration from before any later field is complete, and has the hash it had', () => {
  const { config } = resolveConfig({ config: 'augreg:S_16', overrides: ['--config.dataset=photos'] });
  const { keep_minutes, exif, crop_area_min, flip } = config.vitrine;
  // As 0.1 wrote it.
  const old = { ...config, vitrine: { keep_minutes, exif, crop_area_min, flip } } as RunConfig;
  const complete = completeConfig(old);
  expect(complete).toEqual(config);
  expect(configHash(complete)).toBe(configHash(old));
  expect(old.vitrine).not.toHaveProperty('optim');
  // What is there stays, and a group that has some of its fields gets the rest.
  const partly = { ...old, vitrine: { ...old.vitrine, ema: 0.9, optim: { name: 'adam' } } } as unknown as RunConfig;
  expect(completeConfig(partly).vitrine).toMatchObject({ ema: 0.9, optim: { name: 'adam', b1: 0.9, layer_decay: 1 } });
  expect(completeConfig(config)).toBe(config);
  const paths = new Set(leavesOf(complete).map(([path]) => path));
  for (const [path, { absent }] of Object.entries(FIELDS))
    expect(absent === undefined || paths.has(path), path).toBe(true);
});
