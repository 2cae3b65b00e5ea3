import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src-shared/errors.ts';
import { checkImages } from './check.ts';
import { makeScratch, picture, type Scratch } from './make-images.ts';
import { openDataset } from './scan.ts';
import { unpackImages } from './unzip.ts';

const DIGITS = join(import.meta.dirname, '../../../resources/demo/digits.zip');

let scratch: Scratch;
beforeEach(async () => {
  scratch = await makeScratch();
});
afterEach(() => scratch.remove());

interface Member {
  name: string;
  data: Uint8Array;
  /** Unix mode, for links. */
  mode?: number;
  /** Written instead of the true checksum or size. */
  crc?: number;
  size?: number;
}

/** A zip archive, byte by byte, so that it can be wrong in any way. */
function zipOf(members: Member[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, mode, crc = crc32(data), size = data.length } of members) {
    const packed = deflateRawSync(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, rest, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

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
