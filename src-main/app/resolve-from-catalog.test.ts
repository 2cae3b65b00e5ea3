import { expect, test } from 'vitest';
import { AppError } from '../../src-shared/errors.ts';
import { openTestCatalog } from '../services/catalog/catalog.fixture.ts';
import { resolveFromCatalog } from './resolve-from-catalog.ts';

test('every published checkpoint of the catalog that is read has a source, first the one it was published at', () => {
  const own = openTestCatalog();
  const { catalog } = own;
  const resolve = resolveFromCatalog(catalog);
  const { rows } = catalog.search({ where: { evidence: ['published'] }, limit: 1000, facets: false });
  expect(rows.length).toBeGreaterThan(50);
  for (const { name } of rows) {
    const readable = catalog.show(name).mirrors.some((mirror) => mirror.readable);
    if (!readable) continue;
    const { file, sources } = resolve(name);
    expect(file, name).toMatch(/\.(npz|safetensors)$/);
    expect(sources[0]!.file, name).toBe(file);
    for (const { url } of sources) expect(url, name).toMatch(/^https:\/\//);
  }
  own.close();
});

test("a bare model is AugReg's recommended file; an unknown name is refused", () => {
  const own = openTestCatalog();
  const { catalog } = own;
  const resolve = resolveFromCatalog(catalog);
  expect(resolve('Ti_16').file).toBe('augreg/Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0.npz');
  expect(() => resolve('no-such-thing')).toThrow(AppError);
  own.close();
});
