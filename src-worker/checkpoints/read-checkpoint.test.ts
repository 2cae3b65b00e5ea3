import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishedName } from '../../src-shared/checkpoints/names.ts';
import { formatNpyHeader } from '../../src-shared/checkpoints/npy-header.ts';
import { centralDirectory, localHeader } from '../../src-shared/checkpoints/zip-records.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { sizeOfShape, type NamedTensor } from '../../src-shared/models/params.ts';
import { sha256Of } from './checkpoint-layout.ts';
import { randomParams } from './export-cases.ts';
import { exportTimm } from './export-torch.ts';
import { inspectCheckpoint } from './inspect-checkpoint.ts';
import { openLit } from './open-lit.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { writeNpz } from './write-npz.ts';

const TINY: Architecture = {
  family: 'vit',
  patchSize: [4, 4],
  imageSize: [8, 8],
  width: 8,
  depth: 1,
  mlpDim: 16,
  numHeads: 2,
  classifier: 'token',
  representationSize: null,
  numClasses: 3,
};
const LIT = new URL('../../bench/goldens/lit/lit_bert/checkpoint.npz', import.meta.url).pathname;

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-read-'))));
afterAll(() => rm(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);

async function failure(action: Promise<unknown>): Promise<AppError> {
  const error: unknown = await action.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

/** The tiny model as .npz, with what `change` did to its parameters. */
async function npz(name: string, change: (params: Map<string, NamedTensor>) => void = () => {}): Promise<string> {
  const params = randomParams(TINY);
  change(params);
  const tensors = [...params].map(([linen, tensor]): [string, NamedTensor] => [publishedName(linen), tensor]);
  await writeNpz(place(name), tensors);
  return place(name);
}

describe('reading', () => {
  /** Bytes that this process has asked the system for, from files and elsewhere. */
  const bytesRead = (): number => Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))![1]);
  const large: Architecture = { ...TINY, width: 256, mlpDim: 1024, depth: 6, numHeads: 4 };

  it.skipIf(process.platform !== 'linux').each(['npz', 'timm'])(
    'takes each byte of %s from the disk once, also to inspect (Linux)',
    async (layout) => {
      const params = randomParams(large);
      if (layout === 'timm') await exportTimm({ params, architecture: large }, folder);
      else await writeNpz(place('large.npz'), params);
      const path = place(layout === 'timm' ? 'model.safetensors' : 'large.npz');
      await readCheckpoint(await npz('warm.npz')); // whatever is loaded at first use
      const { length } = await readFile(path);
      expect(length).toBeGreaterThan(15e6);
      for (const read of [readCheckpoint, inspectCheckpoint]) {
        const before = bytesRead();
        const { sha256 } = await read(path);
        const taken = bytesRead() - before;
        expect(taken / length).toBeGreaterThan(0.99);
        expect(taken / length).toBeLessThan(1.05);
        expect(sha256).toBe(await sha256Of(path));
      }
    },
  );
});

describe('weights that are NaN or infinite', () => {
  const spoil = (params: Map<string, NamedTensor>): void => {
    params.get('head/bias')!.data.set([NaN, Infinity, -NaN]);
    params.get('cls')!.data[3] = -Infinity;
  };

  it('are refused with the tensors and how many, unless they are allowed', async () => {
    const path = await npz('nan.npz', spoil);
    const error = await failure(readCheckpoint(path));
    expect(error.code).toBe('bad_checkpoint');
    expect(error.message).toBe(
      `${path}: weights that are NaN or infinite, in 2 tensors: "cls" (1 infinite), "head/bias" (2 NaN, 1 infinite).`,
    );
    expect(error.hint).toContain('--allow-nan');
    const { params, notes } = await readCheckpoint(path, { allowNan: true });
    expect([...params.get('head/bias')!.data]).toEqual([NaN, Infinity, NaN]);
    expect(notes.join()).toContain('"head/bias" (2 NaN, 1 infinite)');
  });

  it('are counted by inspect, whatever the layout', async () => {
    const path = await npz('nan.npz', spoil);
    const expected = [
      { name: 'cls', nan: 0, infinite: 1 },
      { name: 'head/bias', nan: 2, infinite: 1 },
    ];
    expect(await inspectCheckpoint(path)).toMatchObject({ nonFinite: expected, error: null });
    const { params, architecture } = await readCheckpoint(path, { allowNan: true });
    await exportTimm({ params, architecture }, folder);
    const error = await failure(readCheckpoint(place('model.safetensors')));
    expect(error.message).toContain('model.safetensors: weights that are NaN or infinite, in 2 tensors: "cls_token"');
  });

  it('do not matter in tensors that are not used', async () => {
    const path = await npz('ema.npz', (params) => params.set('ema', { shape: [1], data: Float32Array.of(NaN) }));
    expect((await readCheckpoint(path)).notes.join()).toContain('Not used: "ema"');
    expect((await inspectCheckpoint(path)).nonFinite).toEqual([{ name: 'ema', nan: 1, infinite: 0 }]);
  });

  it('are refused in the towers of an image and text model', async () => {
    const lit = await openLit(LIT, { textHeads: 3 });
    const { image, text } = await lit.read();
    await lit.close();
    image.get('cls')!.data[0] = NaN;
    const tensors = [...image].map(([name, tensor]): [string, NamedTensor] => [`img/${name}`, tensor]);
    for (const [name, tensor] of text) tensors.push([`txt/${name}`, tensor]);
    const path = place('lit.npz');
    await writeNpz(path, [...tensors, ['t', { shape: [1], data: Float32Array.of(1) }]]);
    for (const allowNan of [false, true]) {
      const opened = await openLit(path, { textHeads: 3, allowNan });
      if (allowNan) expect((await opened.read()).temperature).toBe(Math.fround(Math.E));
      else expect((await failure(opened.read())).message).toContain('in 1 tensor: "img/cls" (1 NaN)');
      await opened.close();
    }
  });
});

describe('types in an .npz', () => {
  /** The tiny model with the numbers of `cls` (8 of them) of another type. */
  async function withCls(descr: string, bytes: Uint8Array): Promise<string> {
    const members = [...randomParams(TINY)].map(([name, { shape, data }]): [string, Uint8Array] => {
      const header = Buffer.from(formatNpyHeader(shape));
      if (name !== 'cls') return [name, Buffer.concat([header, new Uint8Array(data.buffer)])];
      return [
        name,
        Buffer.concat([Buffer.from(header.toString('latin1').replace("'<f4'", `'${descr}'`), 'latin1'), bytes]),
      ];
    });
    const parts: Uint8Array[] = [];
    let position = 0;
    const entries = members.map(([name, content]) => {
      const entry = { name: `${name}.npy`, crc32: crc32(content), size: content.length, headerOffset: position };
      parts.push(localHeader(entry), content);
      position = parts.reduce((sum, part) => sum + part.length, 0);
      return entry;
    });
    const path = place('typed.npz');
    await writeFile(path, Buffer.concat([...parts, centralDirectory(entries, position)]));
    return path;
  }

  const halves = (bits: number): Uint8Array => new Uint8Array(new Uint16Array(8).fill(bits).buffer);

  it.each([
    ['<f2', halves(0x3e00), 1.5],
    ['<V2', halves(0x3fc0), 1.5], // how numpy saves bfloat16
    ['<f8', new Uint8Array(new Float64Array(8).fill(0.1).buffer), Math.fround(0.1)],
  ])('%s is read as float32', async (descr, bytes, value) => {
    const { params } = await readCheckpoint(await withCls(descr, bytes));
    expect([...params.get('cls')!.data]).toEqual(new Array(sizeOfShape([8])).fill(value));
  });

  it.each([
    ['<i4', 4, 'int32'],
    ['<u2', 2, 'uint16'],
    ['|b1', 1, 'bool'],
  ])('%s is refused by name', async (descr, size, name) => {
    const path = await withCls(descr, new Uint8Array(8 * size));
    const { message, code } = await failure(readCheckpoint(path));
    expect([code, message]).toEqual([
      'bad_checkpoint',
      `${path}, tensor "cls": it holds ${name}, but weights are floating-point numbers.`,
    ]);
  });
});

it('a pickle that does not come first in its archive is recognised', async () => {
  const header = { name: 'archive/version', crc32: crc32('3'), size: 1, headerOffset: 0 };
  const first = Buffer.concat([localHeader(header), Buffer.from('3')]);
  const pickle = { name: 'archive/data.pkl', crc32: crc32('x'), size: 1, headerOffset: first.length };
  const parts = [first, localHeader(pickle), Buffer.from('x')];
  const end = parts.reduce((sum, part) => sum + part.length, 0);
  for (const name of ['model.pt', 'model.pth', 'pytorch_model.bin', 'model.npz']) {
    await writeFile(place(name), Buffer.concat([...parts, centralDirectory([header, pickle], end)]));
    const error = await failure(readCheckpoint(place(name)));
    expect(error.message).toContain('this is a PyTorch checkpoint (a pickle)');
    expect(error.hint).toContain('safetensors.torch.save_file');
  }
});
