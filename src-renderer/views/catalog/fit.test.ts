import { expect, test } from 'vitest';
import { architectureOfRow, Fits, spellFit } from './fit.ts';

const device = { kind: 'cpu', name: 'CPU', freeBytes: 8e9, totalBytes: 16e9 } as const;
const machine = { device, corrections: new Map<string, number>() };
const row = (model: string, resolution: number | null = 224) => ({ model, resolution, numClasses: null });

test('what the catalog calls a model is found among the variants', () => {
  expect(architectureOfRow(row('B/16'))).toMatchObject({ family: 'vit', width: 768, imageSize: [224, 224] });
  expect(architectureOfRow(row('R26+S/32', 384))).toMatchObject({ family: 'hybrid', imageSize: [384, 384] });
  expect(architectureOfRow(row('Mixer-L/16', null))).toMatchObject({ family: 'mixer', width: 1024 });
  expect(architectureOfRow(row('DeiT-B/16-distilled', 384))).toMatchObject({ family: 'deit', distillation: 'heads' });
  expect(architectureOfRow(row('LiT-B16B'))).toBeNull();
});

test('a small model fits, a large one does not, training takes more than inference, and each is worked out once', () => {
  const fits = new Fits(machine, 32);
  expect(fits.of(row('Ti/16'), 'predict')?.verdict).toBe('fits');
  expect(fits.of(row('L/16', 384), 'train')?.verdict).toBe('no');
  expect(fits.of(row('B/16'), 'train')!.totalBytes).toBeGreaterThan(fits.of(row('B/16'), 'predict')!.totalBytes);
  expect(fits.of(row('B/16'), 'train')).toBe(fits.of(row('B/16'), 'train'));
  expect(fits.of(row('LiT-B16B'), 'predict')).toBeNull();
});

test('what measured steps taught is gone by, and the items are spelled', () => {
  const taught = { device, corrections: new Map([['vit train', 2]]) };
  const more = new Fits(taught, 8).of(row('B/16'), 'train')!;
  expect(more.totalBytes).toBeGreaterThan(new Fits(machine, 8).of(row('B/16'), 'train')!.totalBytes);
  expect(spellFit(more, 'train', { device, batch: 8 })).toMatch(
    /^Training at 8 images a step: \w+\nweights  346 MB\n[^]*8\.00 GB free on CPU$/,
  );
});
