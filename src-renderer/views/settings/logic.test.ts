import { expect, test, vi } from 'vitest';
import type { RequestRecord } from '../../../src-shared/contract/network.ts';
import type { StoragePart } from '../../../src-shared/contract/library.ts';

vi.stubGlobal(
  '$state',
  Object.assign(<Value>(value: Value) => value, { raw: <Value>(value: Value) => value }),
);
const { csvLine, hasText } = await import('./requests.svelte.ts');
const { rowsOf } = await import('./storage.svelte.ts');

const request: RequestRecord = {
  id: 3,
  at: '2026-01-01T00:00:00.000Z',
  method: 'GET',
  address: 'https://example.org/a,b',
  purpose: '=download of "B_16"',
  status: null,
  bytes: -1,
  milliseconds: 12,
  error: null,
};

test('a line of the log as CSV: quoted where it must be, never a formula, empty where nothing is known', () => {
  expect(csvLine(request)).toBe(
    '3,2026-01-01T00:00:00.000Z,GET,"https://example.org/a,b","\'=download of ""B_16""",,-1,12,',
  );
});

test('a request has a text in its address, purpose or error, whatever the case', () => {
  expect(hasText(request, 'EXAMPLE')).toBe(true);
  expect(hasText(request, 'b_16')).toBe(true);
  expect(hasText({ ...request, error: 'Refused' }, 'refused')).toBe(true);
  expect(hasText(request, 'null')).toBe(false);
});

test('parts of a kind stand together, the largest first, caches behind', () => {
  const part = (kind: StoragePart['kind'], bytes: number, more: Partial<StoragePart> = {}): StoragePart => ({
    ...{ kind, cache: null, path: `/${kind}-${bytes}`, files: 1, bytes, complete: true },
    ...more,
  });
  const rows = rowsOf([
    part('cache', 900, { cache: 'thumbnails' }),
    part('database', 10),
    part('database', 5, { complete: false }),
    part('runs', 100),
  ]);
  expect(rows.map(({ id, bytes, files, complete }) => [id, bytes, files, complete])).toEqual([
    ['runs', 100, 1, true],
    ['database', 15, 2, false],
    ['cache thumbnails', 900, 1, true],
  ]);
});
