import { expect, test } from 'vitest';
import { href } from '../../routes.ts';
import { chipsOf } from './chips.ts';
import { cleared, filterOf, NO_QUERY, ranged, readQuery, toggled, withTag, writeQuery } from './query.ts';
import type { CatalogQuery } from './query.ts';
import { readLimit } from './ranges.ts';

const QUERY: CatalogQuery = {
  ...NO_QUERY,
  ranges: { params: { min: 1e6 }, adaptFinalTest: { min: 0.8, max: 0.9 }, adaptLr: { max: 0.003 } },
  tags: ['for later', 'a&b'],
  brush: { accuracy: [0.75, 0.85], imagesPerSecond: [100, 900.5], points: 4 },
  grouped: true,
  view: 'Mine: “best”',
  text: 'B/16 & "medium1"',
  where: { model: ['B/16', 'R+Ti/16'], resolution: [224, 384], adaptDs: [null] },
  starred: true,
  sorting: { column: 'adaptFinalTest', descending: true },
};

test('the address holds all of a question', () => {
  const search = new URLSearchParams(href('catalog', {}, writeQuery(QUERY)).split('?')[1]);
  expect(readQuery(search)).toEqual(QUERY);
});

test('what an address has wrong is left out', () => {
  const query = readQuery(
    new URLSearchParams(
      'sort=nonsense&range=params:x..&range=nothing:1..2&brush=1%202&resolution=large&resolution=224&model=B/16&else=1',
    ),
  );
  expect(query).toEqual({ ...NO_QUERY, where: { resolution: [224], model: ['B/16'] } });
});

test('a facet is switched on and off, and leaves nothing behind', () => {
  const on = toggled(NO_QUERY, 'aug', 'none');
  expect(filterOf(on).where).toEqual({ aug: ['none'] });
  expect(toggled(on, 'aug', 'none').where).toEqual({});
  expect(filterOf({ ...on, text: '  ' })).toEqual({ where: { aug: ['none'] } });
});

test('a brushed rectangle narrows the ranges of its two fields', () => {
  expect(filterOf(QUERY).ranges).toEqual({
    ...QUERY.ranges,
    adaptFinalTest: { min: 0.8, max: 0.85 },
    imagesPerSecond: { min: 100, max: 900.5 },
  });
  expect(filterOf({ ...QUERY, brush: null }).ranges).toEqual(QUERY.ranges);
});

test('every condition is a chip that takes it away, and without all of them nothing is left but order and grouping', () => {
  const chips = chipsOf(QUERY);
  expect(chips.map(({ text }) => text)).toEqual([
    'Text: B/16 & "medium1"',
    'Starred only',
    'Brushed, 4',
    'Architecture: B/16',
    'Architecture: R+Ti/16',
    'Resolution, px: 224',
    'Resolution, px: 384',
    'Adapted to: not known',
    'Params, M ≥ 1',
    'top-1, % 80–90',
    'Fine-tuning rate ≤ 0.003',
    'Tag: for later',
    'Tag: a&b',
  ]);
  for (const { without } of chips) expect(chipsOf(without)).toHaveLength(chips.length - 1);
  expect(cleared(QUERY)).toEqual({ ...NO_QUERY, sorting: QUERY.sorting, grouped: true });
  expect(ranged(NO_QUERY, 'params', {})).toEqual(NO_QUERY);
  expect(withTag(withTag(NO_QUERY, 'a', true), 'a', false)).toEqual(NO_QUERY);
});

test('a limit is read as it is typed', () => {
  expect(readLimit(' 1,000 ', 1e6)).toBe(1e9);
  expect(readLimit('84,5', 0.01)).toBe(0.845);
  expect(readLimit('', 1)).toBeUndefined();
  expect(readLimit('many', 1)).toBeNull();
});
