import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src-shared/errors.ts';
import { philox4x32 } from '../../src-shared/random.ts';
import { MAX_HEADER } from '../../src-shared/safetensors/header.ts';
import { openSafetensors } from './safetensors-file.ts';
import { formatOf } from './tensor-file.ts';
import { sha256Of } from './checkpoint-layout.ts';
import { tensorsToWrite, writeSafetensors } from './write-safetensors.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-safetensors-'))));
afterAll(() => rm(folder, { recursive: true }));

/** A file of a header, given as text or as an object, and data. */
async function file(header: string | object, data: Uint8Array = new Uint8Array(0), length?: bigint): Promise<string> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const first = Buffer.alloc(8);
  first.writeBigUInt64LE(length ?? BigInt(json.byteLength));
  const path = join(folder, 'x.safetensors');
  await writeFile(path, Buffer.concat([first, json, data]));
  return path;
}

const tensor = (dtype: string, shape: number[], from: number, to: number) => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

async function readAll(path: string): Promise<Map<string, number[]>> {
  const opened = await openSafetensors(path);
  try {
    const found = new Map<string, number[]>();
    await opened.readThrough(
      () => 'keep',
      (name, { data }) => void found.set(name, [...data]),
    );
    return found;
  } finally {
    await opened.close();
  }
}

async function failure(path: string): Promise<string> {
  const error: unknown = await readAll(path).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(AppError);
  expect((error as AppError).code).toBe('bad_checkpoint');
  expect((error as AppError).message).toContain(path);
  return (error as AppError).message;
}

describe('what it writes', () => {
  const tensors = [
    ['b', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
    ['a', { shape: [], data: Float32Array.of(5) }],
    ['ä "quoted"', { shape: [0, 3], data: new Float32Array(0) }],
  ] as const;

  it('reads back, in one pass with its hash', async () => {
    const path = join(folder, 'w.safetensors');
    const { sha256, size } = await writeSafetensors(path, tensorsToWrite(tensors));
    const opened = await openSafetensors(path);
    expect([opened.size, opened.metadata.get('format')]).toEqual([size, 'pt']);
    expect(opened.entries.map((entry) => entry.name)).toEqual(['a', 'b', 'ä "quoted"']);
    const seen = new Map<string, Float32Array>();
    const hash = await opened.readThrough(
      (name) => (name === 'a' ? 'skip' : 'keep'),
      (name, { data }) => seen.set(name, data),
    );
    await opened.close();
    expect([hash, await sha256Of(path)]).toEqual([sha256, sha256]);
    expect([...seen.keys()]).toEqual(['b', 'ä "quoted"']);
    expect([...seen.get('b')!]).toEqual([1, 2, 3, 4]);
  });

  it('is the same whatever the order, and data begin on a multiple of 8', async () => {
    const paths = ['1', '2'].map((name) => join(folder, `${name}.safetensors`));
    await writeSafetensors(paths[0]!, tensorsToWrite(tensors));
    await writeSafetensors(paths[1]!, tensorsToWrite([...tensors].reverse()));
    const [first, second] = await Promise.all(paths.map((path) => readFile(path)));
    expect(first!.equals(second!)).toBe(true);
    expect(Number(first!.readBigUInt64LE()) % 8).toBe(0);
  });
});

it('widens float16 and bfloat16, rounds float64', async () => {
  const data = Buffer.alloc(24);
  data.writeUInt16LE(0x3c00, 0); // 1
  data.writeUInt16LE(0xc100, 2); // -2.5
  data.writeUInt16LE(0x3f80, 4); // 1
  data.writeUInt16LE(0xc020, 6); // -2.5
  data.writeDoubleLE(0.1, 8);
  data.writeDoubleLE(-3, 16);
  const path = await file(
    { h: tensor('F16', [2], 0, 4), b: tensor('BF16', [2], 4, 8), d: tensor('F64', [2], 8, 24) },
    data,
  );
  expect(await readAll(path)).toEqual(
    new Map([
      ['h', [1, -2.5]],
      ['b', [1, -2.5]],
      ['d', [Math.fround(0.1), -3]],
    ]),
  );
});

describe('bad input', () => {
  const one = tensor('F32', [1], 0, 4);
  const four = new Uint8Array(4);
  it.each([
    ['a header larger than the file', '{}', four, 1000n, 'its header claims 1000 bytes'],
    ['a header of 2^63 bytes', '{}', four, 1n << 63n, 'its header claims 9223372036854775808'],
    ['no object', '[1]', four, undefined, 'no JSON object'],
    ['JSON that ends', '{"a":{"dtype":"F32"', four, undefined, 'its header is damaged'],
    ['a name twice', `{"a":${JSON.stringify(one)},"a":${JSON.stringify(one)}}`, four, undefined, 'second time'],
    ['a field nobody knows', '{"a":{"x":1}}', four, undefined, 'no tensor has'],
    ['nesting', `{"a":${'['.repeat(100_000)}`, four, undefined, 'its header is damaged'],
    ['a shape of a shape', '{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}', four, undefined, 'whole number'],
    ['many dimensions', { a: tensor('F32', Array(40).fill(1) as number[], 0, 4) }, four, undefined, 'more than 32'],
    ['a negative offset', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}', four, undefined, 'whole number'],
    [
      'a number beyond all bounds',
      `{"a":{"dtype":"F32","shape":[${'9'.repeat(400)}],"data_offsets":[0,4]}}`,
      four,
      undefined,
      'ordinary size',
    ],
    ['a shape that is more than its bytes', { a: tensor('F32', [2], 0, 4) }, four, undefined, 'is 8 bytes'],
    ['a huge shape', { a: tensor('F32', [2 ** 40, 2 ** 40], 0, 4) }, four, undefined, 'bytes, but it lies from 0 to 4'],
    ['offsets the wrong way', { a: tensor('F32', [1], 4, 0) }, four, undefined, 'lies from 4 to 0'],
    ['data beyond the end', { a: tensor('F32', [2], 0, 8) }, four, undefined, 'truncated'],
    ['overlap', { a: one, b: one }, four, undefined, 'overlap'],
    ['a gap', { a: tensor('F32', [1], 4, 8) }, new Uint8Array(8), undefined, 'belong to no tensor'],
    ['more than it describes', { a: one }, new Uint8Array(8), undefined, 'last 4 bytes'],
    ['an unknown type', { a: tensor('F7', [1], 0, 4) }, four, undefined, 'is not known'],
    ['integers', { a: tensor('I32', [1], 0, 4) }, four, undefined, 'it holds int32'],
    ['metadata that are no text', '{"__metadata__":{"a":1}}', new Uint8Array(0), undefined, 'a string expected'],
    ['a header that is no UTF-8', '{"\u0000', four, undefined, 'its header is damaged'],
  ] as const)('%s is named', async (_, header, data, length, words) => {
    expect(await failure(await file(header as string | object, data, length))).toContain(words);
  });

  it('a header of more than is read', async () => {
    const path = await file(' '.repeat(MAX_HEADER + 8));
    expect(await failure(path)).toContain(`more than ${MAX_HEADER} are not read`);
  });

  it('what is truncated anywhere', async () => {
    const path = join(folder, 't.safetensors');
    await writeSafetensors(path, tensorsToWrite([['a', { shape: [64], data: new Float32Array(64) }]]));
    const whole = await readFile(path);
    for (let size = 0; size < whole.byteLength; size += 5) {
      await writeFile(path, whole.subarray(0, size));
      await failure(path);
    }
  });

  it('2,000 damaged headers each end in an AppError or in numbers, soon', { timeout: 60_000 }, async () => {
    const path = join(folder, 'm.safetensors');
    const data = new Float32Array(16);
    await writeSafetensors(path, tensorsToWrite(['a', 'b', 'c'].map((name) => [name, { shape: [4, 4], data }])));
    const whole = await readFile(path);
    const headerEnd = whole.byteLength - 3 * 64;
    let read = 0;
    for (let i = 0; i < 2000; i++) {
      const damaged = Buffer.from(whole);
      const [where, what, more] = philox4x32([i, 0, 0, 0], [7, 7]);
      for (let n = 0; n <= more % 3; n++) damaged[(where + n * 13) % headerEnd] = (what >>> (8 * n)) & 0xff;
      await writeFile(path, damaged);
      const start = performance.now();
      await readAll(path).then(
        () => read++,
        (error: unknown) => expect(error).toBeInstanceOf(AppError),
      );
      expect(performance.now() - start).toBeLessThan(2000);
    }
    expect(read).toBeLessThan(2000);
  });
});

it('other formats are named, pickles with the safe way', async () => {
  const named = async (bytes: Uint8Array): Promise<string> => {
    const path = join(folder, 'model.npz');
    await writeFile(path, bytes);
    const error = (await formatOf(path).catch((caught: unknown) => caught)) as AppError;
    return `${error.message} ${error.hint ?? ''}`;
  };
  const zip = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(26), Buffer.from('archive/data.pkl')]);
  expect(await named(zip)).toContain('never opened here. Save it as safetensors');
  expect(await named(Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20))).toContain('pickle');
  expect(await named(Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'))).toContain('HDF5');
  expect(await named(Buffer.from('hello, world'))).toContain('no checkpoint of a known format');
});
