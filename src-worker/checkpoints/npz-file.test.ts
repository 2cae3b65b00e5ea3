import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src-shared/errors.ts';
import { openNpz } from './npz-file.ts';
import { readNpy } from './read-npy.ts';

const TESTDATA = new URL('testdata/', import.meta.url).pathname;
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-npz-'))));
afterAll(() => rm(folder, { recursive: true }));

const GRID = Array.from({ length: 24 }, (_, i) => i / 8 - 1);
/** What make.py put into each file. */
const CONTENT: Record<string, { shape: number[]; values: number[] }> = {
  scalar: { shape: [], values: [3.5] },
  empty: { shape: [0, 4], values: [] },
  'a/kernel': { shape: [2, 3, 4], values: GRID },
  fortran: { shape: [2, 3, 4], values: GRID },
  big_endian: { shape: [2], values: [1.5, -7] },
  float64: { shape: [2], values: [0.1, -2.5] },
  float16: { shape: [7], values: [1.5, -2, 2 ** -24, 65504, Infinity, -Infinity, NaN] },
  int64: { shape: [2, 2], values: [1, -2, 3, 2 ** 40] },
  big_int16: { shape: [2], values: [-300, 7] },
  uint8: { shape: [2, 3], values: [0, 1, 2, 3, 4, 5] },
  uint16: { shape: [2], values: [0x3f80, 0xc000] },
  bool: { shape: [2], values: [1, 0] },
  ünï: { shape: [1], values: [1] },
};

async function errorOf(action: Promise<unknown>): Promise<AppError> {
  const error: unknown = await action.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

/** Reads every array of a file. */
async function readAll(path: string): Promise<void> {
  const npz = await openNpz(path);
  try {
    for (const { name } of npz.entries) await npz.read(name);
  } finally {
    await npz.close();
  }
}

/** A copy of a file of testdata with bytes changed. */
async function changed(file: string, change: (bytes: Buffer) => Buffer | void): Promise<string> {
  const bytes = await readFile(join(TESTDATA, file));
  const path = join(folder, `changed-${Math.random()}.npz`);
  await writeFile(path, change(bytes) ?? bytes);
  return path;
}

describe.each(['stored.npz', 'compressed.npz', 'streamed.npz'])('%s, as numpy wrote it', (file) => {
  it('reads every type, order and endianness', async () => {
    const npz = await openNpz(join(TESTDATA, file));
    expect(npz.entries.map((e) => e.name)).toEqual([...Object.keys(CONTENT).slice(0, -1), 'bfloat16', 'ünï']);
    for (const [name, { shape, values }] of Object.entries(CONTENT)) {
      const exact = await npz.readFloat64(name);
      expect(exact.shape).toEqual(shape);
      expect([...exact.data], name).toEqual(values);
      const rounded = await npz.read(name);
      expect([...rounded.data], name).toEqual(values.map(Math.fround));
      await npz.verify(name);
    }
    await npz.close();
  });

  it('takes bfloat16 bits only when asked', async () => {
    const npz = await openNpz(join(TESTDATA, file));
    for (const name of ['bfloat16', 'uint16']) {
      expect([...(await npz.read(name, { bfloat16: true })).data]).toEqual([1, -2]);
    }
    expect((await errorOf(npz.read('bfloat16'))).message).toMatch(/tensor "bfloat16": .*opaque/);
    await npz.close();
  });
});

describe('openNpz', () => {
  it('describes arrays without reading them', async () => {
    const npz = await openNpz(join(TESTDATA, 'stored.npz'));
    expect(npz.entries.find((e) => e.name === 'fortran')).toEqual({
      name: 'fortran',
      shape: [2, 3, 4],
      dtype: 'float32',
      fortranOrder: true,
      byteLength: 96,
    });
    await npz.close();
  });

  it('refuses Python objects by name, and reads what stands beside them', async () => {
    const npz = await openNpz(join(TESTDATA, 'objects.npz'));
    expect([...(await npz.read('cls')).data]).toEqual([1, 1]);
    const error = await errorOf(npz.read('config'));
    expect(error.code).toBe('bad_checkpoint');
    expect(error.message).toMatch(/objects\.npz, tensor "config": .*no pickle/);
    await npz.close();
  });

  it('reads arrays that compress a thousandfold', async () => {
    const npz = await openNpz(join(TESTDATA, 'zeros.npz'));
    expect((await npz.read('zeros')).data.every((value) => value === 0)).toBe(true);
    await npz.close();
  });

  it('says what a file is not', async () => {
    const text = join(folder, 'text.npz');
    await writeFile(text, 'these are no weights');
    expect((await errorOf(openNpz(text))).message).toMatch(/text\.npz: it is not an \.npz file/);
    await writeFile(text, '');
    expect((await errorOf(openNpz(text))).code).toBe('bad_checkpoint');
    expect((await errorOf(openNpz(join(folder, 'none.npz')))).code).toBe('not_found');
    expect((await errorOf(openNpz(folder))).message).toMatch(/is a folder/);
  });

  it('says that a truncated file is truncated, wherever it was cut', async () => {
    const { length } = await readFile(join(TESTDATA, 'float32.npz'));
    for (const keep of [5, 40, 300, length >> 1, length - 1]) {
      const path = await changed('float32.npz', (bytes) => bytes.subarray(0, keep));
      const error = await errorOf(readAll(path));
      expect(error.code, `${keep} bytes`).toBe('bad_checkpoint');
      expect(error.message).toMatch(/truncated/);
    }
  });

  it('finds a flipped bit in the numbers, stored or deflated', async () => {
    const stored = await changed('float32.npz', (b) => void (b[b.indexOf('NUMPY') + 130]! ^= 1));
    expect((await errorOf(readAll(stored))).message).toMatch(/tensor "b\/kernel": its checksum/);
    const deflated = await changed('zeros.npz', (b) => void (b[200]! ^= 1));
    expect((await errorOf(readAll(deflated))).message).toMatch(
      /tensor "zeros": (its checksum|its compressed|it inflates)/,
    );
  });

  it('refuses a header that promises more than the file holds, before allocating', async () => {
    const path = await changed('float32.npz', (b) => {
      b.write('(9999999999999, 3, 4), }', b.indexOf('(2, 3, 4)'), 'latin1');
    });
    expect((await errorOf(readAll(path))).message).toMatch(/promises \[9999999999999, 3, 4\] float32, more than/);
  });

  it('refuses encrypted, duplicate and overlapping entries', async () => {
    const central = (b: Buffer, n: number): number => {
      let at = -1;
      for (let i = 0; i <= n; i++) at = b.indexOf('PK\u0001\u0002', at + 1, 'latin1');
      return at;
    };
    const encrypted = await changed('float32.npz', (b) => void b.writeUInt16LE(1, central(b, 0) + 8));
    expect((await errorOf(openNpz(encrypted))).message).toMatch(/encrypted/);
    const duplicate = await changed('objects.npz', (b) => {
      const [first, second, end] = [central(b, 0), central(b, 1), b.indexOf('PK\u0005\u0006', 0, 'latin1')];
      const entry = b.subarray(first, second);
      const out = Buffer.concat([b.subarray(0, second), entry, b.subarray(end)]);
      out.writeUInt32LE(2 * entry.length, out.length - 10);
      return out;
    });
    expect((await errorOf(openNpz(duplicate))).message).toMatch(/two entries named "cls\.npy"/);
    const overlapping = await changed('float32.npz', (b) => {
      b.writeUInt32LE(b.readUInt32LE(central(b, 1) + 42) - 4, central(b, 2) + 42);
    });
    expect((await errorOf(openNpz(overlapping))).code).toBe('bad_checkpoint');
  });

  it('refuses a bomb that inflates to more, or to less, than it declares', async () => {
    const declare = (size: number): Promise<string> =>
      changed('zeros.npz', (b) => {
        const at = b.indexOf('PK\u0001\u0002', 0, 'latin1');
        b.writeUInt32LE(size, at + 24);
      });
    expect((await errorOf(readAll(await declare(1000)))).message).toMatch(/inflates to more bytes than it declares/);
    expect((await errorOf(readAll(await declare(200)))).message).toMatch(/inflates to more bytes than it declares/);
    expect((await errorOf(readAll(await declare(0x7fffffff)))).message).toMatch(/fewer than/);
  });
});

describe('readNpy', () => {
  it('reads an array', async () => {
    const { shape, data } = await readNpy(join(TESTDATA, 'grid.npy'));
    expect(shape).toEqual([2, 3, 4]);
    expect([...data]).toEqual(GRID);
  });

  it('refuses what is no array, or not all of one', async () => {
    const path = join(folder, 'bad.npy');
    const bytes = await readFile(join(TESTDATA, 'grid.npy'));
    for (const [content, message] of [
      [Buffer.from('short'), /ends within its header|not an array/],
      [Buffer.alloc(300, 'x'), /not an array in \.npy format/],
      [bytes.subarray(0, 100), /ends within its header/],
      [bytes.subarray(0, 200), /promises \[2, 3, 4\] float32, more than the 72 bytes/],
      [Buffer.concat([bytes, bytes]), /fewer than/],
    ] as const) {
      await writeFile(path, content);
      const error = await errorOf(readNpy(path));
      expect(error.code).toBe('bad_file');
      expect(error.message).toMatch(message);
    }
    await copyFile(join(TESTDATA, 'stored.npz'), path);
    expect((await errorOf(readNpy(path))).message).toMatch(/not an array/);
  });
});
