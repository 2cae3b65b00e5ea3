import { expect, test } from 'vitest';
import { href } from '../../routes.ts';
import { filterOf, readQuery, toggled, writeQuery } from './query.ts';
import type { CatalogQuery } from './query.ts';

const QUERY: CatalogQuery = {
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
  const query = readQuery(new URLSearchParams('sort=nonsense&resolution=large&resolution=224&model=B/16&else=1'));
  expect(query).toEqual({ text: '', where: { resolution: [224], model: ['B/16'] }, starred: false, sorting: null });
});

test('a facet is switched on and off, and leaves nothing behind', () => {
  const on = toggled({ ...QUERY, where: {} }, 'aug', 'none');
  expect(filterOf(on).where).toEqual({ aug: ['none'] });
  expect(toggled(on, 'aug', 'none').where).toEqual({});
  expect(filterOf({ ...on, text: '  ', starred: false })).toEqual({ where: { aug: ['none'] } });
});
