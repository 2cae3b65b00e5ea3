import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../database/open.ts';
import type { Database } from '../../database/open.ts';
import { createUploads } from './service.ts';
import type { Uploads, UploadsOptions } from './service.ts';

let folder: string;
let database: Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-uploads-'));
  database = openDatabase(':memory:');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const make = (options: Partial<UploadsOptions> = {}): Uploads => createUploads({ database, folder, ...options });
const never = new AbortController().signal;

function send(
  uploads: Uploads,
  bytes: Uint8Array,
  options: { name?: string; announced?: number | null; signal?: AbortSignal } = {},
) {
  const { name = 'a.npz', announced = bytes.length, signal = never } = options;
  const body = new Blob([Buffer.from(bytes)]).stream();
  return uploads.receive({ name, body, bytes: announced, signal });
}

/** Nothing is kept of an upload that fails. */
function expectNothing(uploads: Uploads): void {
  expect(readdirSync(folder)).toEqual([]);
  expect(uploads.list()).toEqual([]);
}

test('a file is kept whole, by its id, and listed until it is removed', async () => {
  const uploads = make();
  const bytes = Buffer.alloc(200_000, 'x');
  const upload = await send(uploads, bytes);
  expect(upload).toMatchObject({ name: 'a.npz', bytes: 200_000, address: `/media/uploads/${upload.id}` });
  expect(upload.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(readFileSync(uploads.get(upload.id).path)).toEqual(bytes);
  expect(make().list()).toEqual([upload]); // of another process
  await uploads.remove(upload.id);
  expectNothing(uploads);
  expect(() => uploads.get(upload.id)).toThrow(/no upload/);
  await expect(uploads.remove('../../etc')).rejects.toMatchObject({ code: 'not_found' });
});

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\photos\\pets.zip', 'pets.zip'],
  ['a\u0000b\u202Ec\n.png', 'abc.png'],
  ['..', '..'],
  ['/', 'file'],
  ['', 'file'],
  ['x'.repeat(5000), 'x'.repeat(200)],
])('the name %j is shown as %j and used for nothing', async (name, shown) => {
  const upload = await send(make(), Buffer.from('1'), { name });
  expect(upload.name).toBe(shown);
  expect(readdirSync(folder)).toEqual([upload.id]);
});

test('more than is taken, announced or not, is refused', async () => {
  const uploads = make({ most: 1000 });
  for (const announced of [1001, null])
    await expect(send(uploads, Buffer.alloc(1001), { announced })).rejects.toMatchObject({ code: 'too_large' });
  expectNothing(uploads);
  await send(uploads, Buffer.alloc(1000));
});

test('a disk without room is told before a byte is written, and one that fills up while it is', async () => {
  const full = make({ freeBytes: async () => 300e6 });
  await expect(send(full, Buffer.alloc(10), { announced: 100e6 })).rejects.toMatchObject({ code: 'disk_full' });
  expectNothing(full);
  let looks = 0;
  const filling = make({ freeBytes: async () => (looks++ === 0 ? 1e12 : 1e6) });
  await expect(send(filling, Buffer.alloc(70 * 2 ** 20))).rejects.toMatchObject({ code: 'disk_full' });
  expect(looks).toBe(2);
  expectNothing(filling);
});

test('a length that is not so, a body that fails, one that is given up: nothing is kept', async () => {
  const uploads = make();
  await expect(send(uploads, Buffer.alloc(10), { announced: 11 })).rejects.toMatchObject({ code: 'interrupted' });
  const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('reset')) });
  await expect(uploads.receive({ name: 'a', body: broken, bytes: null, signal: never })).rejects.toThrow('reset');
  await expect(send(uploads, Buffer.alloc(10), { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'interrupted',
  });
  expectNothing(uploads);
});

test('what killed processes left is removed, what another writes stays', async () => {
  writeFileSync(join(folder, '.0123456789abcdef.999999999.partial'), 'left');
  writeFileSync(join(folder, `.0123456789abcdef.${process.ppid}.partial`), 'being written');
  const { id } = await send(make(), Buffer.from('1'));
  expect(readdirSync(folder).sort()).toEqual([`.0123456789abcdef.${process.ppid}.partial`, id].sort());
});
