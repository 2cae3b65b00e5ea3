import { expect, test } from 'vitest';
import { FIRST_VIEW, hashOfView, VIEW_IDS, viewFromHash } from './registry.ts';

test('every view has an address that leads back to it', () => {
  for (const id of VIEW_IDS) expect(viewFromHash(hashOfView(id))).toBe(id);
});

test('what follows the view in an address belongs to the view', () => {
  expect(viewFromHash('#/runs/mine?tab=loss')).toBe('runs');
});

test.each(['', '#', '#/', '#/nothing', '#/__proto__', '#runs'])('%j shows the first view', (hash) => {
  expect(viewFromHash(hash)).toBe(FIRST_VIEW);
});
