import { describe, expect, test } from 'vitest';
import { href, placeOf } from '../../routes.ts';
import { filterOf } from './filter.ts';
import { moveInGrid, shapeOf } from './grid.ts';
import { overridesOf } from './overrides.ts';
import { packFiles, usableFiles } from './pack.ts';
import { parseQuery, writeQuery } from './query.ts';
import { stripOf } from './strip.ts';

test('what is shown survives the address; what an address makes up is ignored', () => {
  const query = { tab: 'health', split: 'train', label: 0, only: 'bad', text: 'a&b=c', image: 12 } as const;
  const { query: search } = placeOf(href('dataset', { id: 'x' }, writeQuery(query)));
  expect(parseQuery(search)).toEqual(query);
  const nothing = parseQuery(new URLSearchParams('tab=no&class=-1&only=all&image=1e9&split='));
  expect(nothing).toEqual({ tab: 'images', split: null, label: null, only: null, text: '', image: null });
  expect(filterOf({ ...query, text: ' x ' })).toEqual({ split: 'train', label: 0, only: 'bad', text: 'x' });
  expect(filterOf(nothing)).toEqual({});
});

test('a grid goes from edge to edge', () => {
  for (const width of [0, 300, 640, 1280, 1920]) {
    const { columns, cell } = shapeOf(width);
    if (width > 0) expect(columns * cell + (columns - 1) * 4).toBeCloseTo(width);
    expect(cell).toBeGreaterThan(0);
  }
});

describe('keys in a grid of 4 columns and 10 images', () => {
  const shape = { columns: 4, count: 10, page: 2 };
  test.each([
    ['ArrowRight', 0, 1],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 4, 8],
    ['ArrowDown', 7, 9],
    ['ArrowUp', 2, 2],
    ['ArrowRight', 9, 9],
    ['PageDown', 0, 8],
    ['End', 0, 9],
    ['Home', 9, 0],
    ['e', 3, null],
  ])('%s from %i to %j', (key, at, to) => expect(moveInGrid(key, at, shape)).toBe(to));
});

test('overrides as people type them', () => {
  expect(overridesOf('pp.crop = 32\n\n --config.vitrine.aug.mixup=0.5\nconfig.batch=8')).toEqual([
    '--config.pp.crop=32',
    '--config.vitrine.aug.mixup=0.5',
    '--config.batch=8',
  ]);
});

test('a strip shows images from all over, and none where none can be shown', () => {
  const dataset = { id: 'x', images: 600, excluded: 0, state: 'ready' as const };
  expect(stripOf(dataset).map((address) => address.split('/').at(-1))).toEqual([
    '50',
    '150',
    '250',
    '350',
    '450',
    '550',
  ]);
  expect(stripOf({ ...dataset, images: 2, excluded: 1 })).toHaveLength(3);
  expect(stripOf({ ...dataset, state: 'failed' })).toEqual([]);
});

describe('a dropped folder', () => {
  const file = (name: string, text = 'x') => ({ name, file: new File([text], name.split('/').at(-1)!) });
  const { signal } = new AbortController();

  test('gives what a data set is made of, and a sentence where there is nothing', () => {
    const files = ['cat/1.jpg', 'cat/.DS_Store', '__MACOSX/1.jpg', 'labels.csv', 'notes.txt'].map((name) => file(name));
    expect(usableFiles(files, 'pets').map(({ name }) => name)).toEqual(['cat/1.jpg', 'labels.csv']);
    expect(() => usableFiles([file('a.txt'), file('b.txt')], 'pets')).toThrow('“pets” has no images: 2 other files.');
    const many = Array.from({ length: 65_536 }, () => file('1.jpg'));
    expect(() => usableFiles(many, 'pets')).toThrow('up to 65,535 files');
  });

  test('becomes one archive, stored, and can be stopped', async () => {
    const told: number[] = [];
    const files = [file('cat/1.jpg', 'cat'), file('dog/ü.jpg', 'a dog')];
    const archive = await packFiles(files, { signal, onprogress: (done) => told.push(done) });
    const text = await archive.text();
    expect([text.slice(0, 2), told]).toEqual(['PK', [1, 2]]);
    for (const part of ['cat/1.jpg', 'dog/ü.jpg', 'a dog']) expect(text).toContain(part);
    await expect(packFiles(files, { signal: AbortSignal.abort(), onprogress: () => {} })).rejects.toThrow('Stopped.');
  });
});
