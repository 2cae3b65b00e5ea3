import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src-shared/errors.ts';
import { checkImages } from './check.ts';
import { makeScratch, picture, type Scratch } from './make-images.ts';
import { zipOf } from './make-zip.ts';
import { openDataset } from './scan.ts';
import { unpackImages } from './unzip.ts';

const DIGITS = join(import.meta.dirname, '../../../resources/demo/digits.zip');

let scratch: Scratch;
beforeEach(async () => {
  scratch = await makeScratch();
});
afterEach(() => scratch.remove());

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error('no AppError was thrown', { cause: error });
}

describe('unpackImages', () => {
  it('unpacks the 1,797 digits, which are a good data set', async () => {
    const folder = join(scratch.folder, 'demo/digits');
    expect(await unpackImages(DIGITS, folder)).toEqual({ files: 1797, bytes: 220329, skipped: 0 });
    const dataset = await openDataset(folder);
    expect(dataset.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect([dataset.splits['train']!.length, dataset.splits['test']!.length]).toEqual([1437, 360]);
    expect(dataset.notes).toEqual([]);
    expect(await checkImages(dataset.splits['test']!, { home: join(scratch.folder, 'home') })).toEqual([]);
    expect(await readdir(join(scratch.folder, 'demo'))).toEqual(['digits']);
    expect((await failure(unpackImages(DIGITS, folder))).code).toBe('conflict');
  });

  it('writes nothing of an archive that is hostile or damaged', async () => {
    const data = await picture().png().toBuffer();
    const good = { name: 'a/1.png', data };
    const cases: [string, Buffer, RegExp][] = [
      ['leads out', zipOf([good, { name: '../evil.png', data }]), /\.\.\/evil\.png/],
      ['is absolute', zipOf([good, { name: '/tmp/evil.png', data }]), /absolute path/],
      ['has backslashes', zipOf([good, { name: 'a\\..\\evil.png', data }]), /invalid characters/],
      ['has a link', zipOf([good, { name: 'l.png', data: Buffer.from('/etc/passwd'), mode: 0o120777 }]), /is a link/],
      ['has a name twice', zipOf([good, good]), /EEXIST/],
      ['has a wrong checksum', zipOf([{ ...good, crc: 1 }]), /checksum/],
      ['lies about a size', zipOf([{ ...good, size: 5 }]), /too many bytes/],
      ['is cut off', zipOf([good, good]).subarray(0, 100), /End of central directory|not found|signature/i],
      ['is no zip', Buffer.from('hello'), /./],
      ['has no images', zipOf([{ name: 'readme.txt', data }]), /no images/],
    ];
    for (const [what, archive, reason] of cases) {
      const path = await scratch.write('bad.zip', archive);
      const error = await failure(unpackImages(path, join(scratch.folder, 'out')));
      expect(error.code, what).toBe('bad_file');
      expect(error.message, what).toMatch(reason);
      expect(await readdir(scratch.folder), what).toEqual(['bad.zip']);
    }
  });

  it('keeps to its limits', async () => {
    const data = Buffer.alloc(100_000);
    const path = await scratch.write('big.zip', zipOf([1, 2, 3].map((i) => ({ name: `${i}.png`, data }))));
    const out = join(scratch.folder, 'out');
    for (const limits of [{ maxFiles: 2 }, { maxFileBytes: 99_999 }, { maxTotalBytes: 299_999 }]) {
      expect((await failure(unpackImages(path, out, limits))).code).toBe('bad_file');
    }
    expect((await failure(unpackImages(path, out, { signal: AbortSignal.abort() }))).code).toBe('interrupted');
    expect(await readdir(scratch.folder)).toEqual(['big.zip']);
    expect((await unpackImages(path, out)).files).toBe(3);
  });

  it('takes labels files along and leaves other files out', async () => {
    const data = await picture().png().toBuffer();
    const members = [
      { name: 'x/1.png', data },
      { name: 'x/labels.csv', data: Buffer.from('path,label\n1.png,a\n') },
      { name: 'x/setup.exe', data },
      { name: '__MACOSX/x/._1.png', data },
    ];
    const path = await scratch.write('mixed.zip', zipOf(members));
    const out = join(scratch.folder, 'out');
    expect(await unpackImages(path, out)).toMatchObject({ files: 2, skipped: 1 });
    expect((await readdir(join(out, 'x'))).sort()).toEqual(['1.png', 'labels.csv']);
    expect(await readFile(join(out, 'x/1.png'))).toEqual(data);
    await writeFile(join(out, 'x/1.png'), data);
    expect((await failure(unpackImages(join(scratch.folder, 'none.zip'), join(out, 'y')))).code).toBe('not_found');
  });
});
