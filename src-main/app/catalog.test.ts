import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inProcess } from './in-process.ts';
import { openLibrary } from './library.ts';

test('the catalog over the contract: checked input, JSON output, the stream of an export', async () => {
  const home = mkdtempSync(join(tmpdir(), 'vitrine-library-'));
  const library = await openLibrary({ host: 'cli', home: home });
  const { catalog } = inProcess(library);
  const { total, rows, next } = await catalog.search({ text: 'B/16', limit: 2 });
  expect(total).toBeGreaterThan(5000);
  expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
  const second = await catalog.search({ text: 'B/16', limit: 2, after: next! });
  expect(second.rows[0]!.name > rows[1]!.name).toBe(true);
  await expect(catalog.search({ limit: 5000 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(catalog.search({ sort: { by: 'rowid' as 'name' } })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(catalog.show({ name: 'nothing' })).rejects.toMatchObject({ code: 'not_found' });
  let csv = '';
  for await (const piece of await catalog.exportCsv({ text: 'kitti B/16', columns: 'index' })) csv += piece;
  expect(csv.split('\r\n').length - 2).toBe((await catalog.search({ text: 'kitti B/16', limit: 0 })).total);
  await library.close();
  rmSync(home, { recursive: true, force: true });
});
