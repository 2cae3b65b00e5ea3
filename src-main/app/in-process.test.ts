import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inProcess } from './in-process.ts';
import { openLibrary } from './library.ts';
import type { Library } from './library.ts';

let home: string;
let library: Library;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-library-'));
  library = await openLibrary({ host: 'cli', home });
});
afterEach(async () => {
  await library.close();
  rmSync(home, { recursive: true, force: true });
});

test('the contract answers in this process', async () => {
  const status = await inProcess(library).system.status();
  expect(status).toMatchObject({ host: 'cli', home, pid: process.pid });
});

test('the event stream goes on behind a place, and ends with the signal', async () => {
  const abort = new AbortController();
  const client = inProcess(library);
  const stream = await client.system.events({}, { signal: abort.signal });
  const first = stream.next();
  await new Promise((resolve) => setTimeout(resolve, 10));
  library.events.publish({ topic: 'reset' });
  library.events.publish({ topic: 'reset' });
  const { value } = await first;
  expect(value).toMatchObject({ event: { topic: 'reset' } });
  const again = await client.system.events({ after: (value as { position: string }).position });
  expect((await again.next()).value).toMatchObject({ position: expect.stringMatching(/-1$/) as string });
  await again.return?.();
  abort.abort();
});
