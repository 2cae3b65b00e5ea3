import { describe, expect, it } from 'vitest';
import { checkpointFail } from './checkpoint-error.ts';
import type { RandomAccess } from './random-access.ts';
import { locateEntry, readZipDirectory } from './zip-directory.ts';
import { centralDirectory, localHeader } from './zip-records.ts';
import type { WrittenEntry } from './zip-records.ts';

const GIB = 2 ** 30;
const fail = checkpointFail('large.npz');

/** A file of any size of which only some pieces are there; reading elsewhere gives zeros. */
function sparse(size: number, pieces: [offset: number, bytes: Uint8Array][]): RandomAccess {
  return {
    size,
    read(offset, length) {
      const out = new Uint8Array(length);
      for (const [at, bytes] of pieces) {
        const from = Math.max(0, offset - at);
        const piece = bytes.subarray(from, Math.max(from, offset + length - at));
        if (piece.length > 0) out.set(piece, Math.max(0, at - offset));
      }
      return out;
    },
  };
}

function archive(entries: WrittenEntry[], directoryOffset: number): RandomAccess {
  const directory = centralDirectory(entries, directoryOffset);
  const pieces = entries.map((entry): [number, Uint8Array] => [entry.headerOffset, localHeader(entry)]);
  return sparse(directoryOffset + directory.length, [...pieces, [directoryOffset, directory]]);
}

describe('zip directories beyond the limits of the old format', () => {
  it.each([
    ['an entry of 5 GiB', [5 * GIB, 100]],
    ['an entry between 2 and 4 GiB, where Python turns to Zip64', [3 * GIB, 100, 50]],
    ['many GiB in all', [GIB, GIB, GIB, GIB, GIB, 7]],
  ])('%s', async (_, sizes) => {
    let offset = 0;
    const entries = sizes.map((size, i) => {
      const entry: WrittenEntry = { name: `t${i}.npy`, size, crc32: i + 0xfffffff0, headerOffset: offset };
      offset += localHeader(entry).length + size;
      return entry;
    });
    const file = archive(entries, offset);
    const read = await readZipDirectory(file, fail);
    expect(read).toMatchObject(entries.map((entry) => ({ ...entry, compressedSize: entry.size, deflated: false })));
    for (const entry of read) {
      expect(await locateEntry(file, entry, fail)).toBe(entry.headerOffset + localHeader(entry).length);
    }
  });

  it('70,000 entries', async () => {
    const entries = Array.from({ length: 70_000 }, (_, i) => ({
      name: `${i}.npy`,
      size: 1,
      crc32: 0,
      headerOffset: i * 64,
    }));
    const directory = centralDirectory(entries, 70_000 * 64);
    const file = sparse(70_000 * 64 + directory.length, [[70_000 * 64, directory]]);
    expect((await readZipDirectory(file, fail)).length).toBe(70_000);
  });

  it('refuses a size that no file has', async () => {
    const entry: WrittenEntry = { name: 'a.npy', size: 5 * GIB, crc32: 0, headerOffset: 0 };
    const directory = centralDirectory([entry], 1000);
    await expect(readZipDirectory(sparse(1000 + directory.length, [[1000, directory]]), fail)).rejects.toMatchObject({
      code: 'bad_checkpoint',
      message: 'large.npz: the entry "a.npy" promises more bytes than the file holds.',
    });
    new DataView(directory.buffer).setUint32(46 + 5 + 8, 0xffffffff, true); // upper half of the 64-bit size
    await expect(readZipDirectory(sparse(1000 + directory.length, [[1000, directory]]), fail)).rejects.toThrow(
      'impossible size',
    );
  });
});
