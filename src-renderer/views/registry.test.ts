import { expect, test } from 'vitest';
import { href, placeOf, ROUTES } from '../routes.ts';
import type { RouteId } from '../routes.ts';
import { VIEW_IDS, VIEW_OF } from './registry.ts';

test('every view has an address that leads back to it, and every place a view', () => {
  for (const id of VIEW_IDS) expect(VIEW_OF[placeOf(href(id, {})).id]).toBe(id);
  expect(Object.keys(VIEW_OF).sort()).toEqual((Object.keys(ROUTES) as RouteId[]).sort());
});
