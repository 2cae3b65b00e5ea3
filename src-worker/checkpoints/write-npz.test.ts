import { mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { openNpz } from './npz-file.ts';
import { readNpy } from './read-npy.ts';
import { writeNpy, writeNpz } from './write-npz.ts';

const TESTDATA = new URL('testdata/', import.meta.url).pathname;
const GOLDENS = new URL('../../bench/goldens/models/', import.meta.url).pathname;
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-write-'))));
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const ONES: [string, NamedTensor] = ['w', { shape: [2], data: new Float32Array([1, 1]) }];

async function* tensorsOf(path: string): AsyncGenerator<readonly [string, NamedTensor]> {
  const npz = await openNpz(path);
  for (const { name } of npz.entries) yield [name, await npz.read(name)] as const;
  await npz.close();
}

describe('writeNpz', () => {
  it.each([join(TESTDATA, 'float32.npz'), join(GOLDENS, 'vit_tiny16/checkpoint.npz')])(
    'writes the bytes that numpy.savez wrote: %s',
    async (original) => {
      const path = join(folder, 'copy.npz');
      const { size } = await writeNpz(path, tensorsOf(original));
      const written = await readFile(path);
      expect(written.equals(await readFile(original))).toBe(true);
      expect(size).toBe(written.length);
    },
  );

  it('takes views of larger arrays', async () => {
    const path = join(folder, 'view.npz');
    await writeNpz(path, [['v', { shape: [2], data: new Float32Array([0, 5, 6, 0]).subarray(1, 3) }]]);
    const npz = await openNpz(path);
    expect([...(await npz.read('v')).data]).toEqual([5, 6]);
    await npz.close();
  });

  it('says that the disk is full, keeps the old file and leaves nothing else', async () => {
    const path = join(await mkdtemp(join(folder, 'full-')), 'model.npz');
    await writeNpz(path, [ONES]);
    const before = await readFile(path);
    const handle = await open(path);
    const prototype = Object.getPrototypeOf(handle) as { write: (...args: unknown[]) => Promise<unknown> };
    await handle.close();
    const write = prototype.write;
    let calls = 0;
    vi.spyOn(prototype, 'write').mockImplementation(function (this: unknown, ...args) {
      if (++calls < 5) return write.apply(this, args);
      return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
    });
    const error: unknown = await writeNpz(path, [ONES, ['x', ONES[1]], ['y', ONES[1]]]).catch((e: unknown) => e);
    expect(calls).toBe(5);
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe('disk_full');
    expect((error as AppError).message).toContain(path);
    expect(await readdir(join(path, '..'))).toEqual(['model.npz']);
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  it('leaves nothing when the tensors end in an error', async () => {
    const empty = await mkdtemp(join(folder, 'broken-'));
    function* broken(): Generator<[string, NamedTensor]> {
      yield ONES;
      throw new Error('no more');
    }
    await expect(writeNpz(join(empty, 'model.npz'), broken())).rejects.toThrow('no more');
    await expect(writeNpz(join(empty, 'model.npz'), [['w', { ...ONES[1], shape: [3] }]])).rejects.toThrow('needs 3');
    await expect(writeNpz(join(empty, 'model.npz'), [ONES, ONES])).rejects.toThrow('two tensors');
    expect(await readdir(empty)).toEqual([]);
  });

  it('names a folder that is missing', async () => {
    const path = join(folder, 'nowhere', 'model.npz');
    await expect(writeNpz(path, [ONES])).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('nowhere') as string,
    });
    await writeFile(join(folder, 'file'), '');
    await expect(writeNpz(join(folder, 'file', 'model.npz'), [ONES])).rejects.toMatchObject({ code: 'not_found' });
  });
});

it('writeNpy writes the bytes that numpy.save wrote', async () => {
  const path = join(folder, 'grid.npy');
  await writeNpy(path, await readNpy(join(TESTDATA, 'grid.npy')));
  expect((await readFile(path)).equals(await readFile(join(TESTDATA, 'grid.npy')))).toBe(true);
});
