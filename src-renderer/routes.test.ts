import { expect, test } from 'vitest';
import { FIRST, href, placeOf, ROUTES } from './routes.ts';
import type { RouteId } from './routes.ts';

test('every place has an address of its own that leads back to it', () => {
  for (const id of Object.keys(ROUTES) as RouteId[]) {
    const params = { name: 'a/b c%?#ü', id: '42' };
    const place = placeOf(href(id, params as never, { q: 'x & y', tag: ['a', 'b'], none: null, empty: '' }));
    expect(place.id).toBe(id);
    for (const [name, value] of Object.entries(place.params)) expect(value).toBe(params[name as 'id']);
    expect([...place.query]).toEqual([
      ['q', 'x & y'],
      ['tag', 'a'],
      ['tag', 'b'],
    ]);
  }
});

test('a fixed path wins over one with a name in it', () => {
  expect(placeOf('#/runs/new').id).toBe('newRun');
  expect(placeOf('#/runs/7').id).toBe('run');
});

test('anything unknown is the first view', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/runs/1/2', '#/catalog/%', '#//', '#/catalog?a=1?b'])
    expect(placeOf(hash).id, hash).toBe(FIRST);
});
