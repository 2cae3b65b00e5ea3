import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { FlaxArray, packFlax, vitJaxState, type FlaxValue } from './flax-state.fixture.ts';
import { inspectCheckpoint } from './inspect-checkpoint.ts';
import { openNpz } from './npz-file.ts';
import { openFlax } from './open-flax.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { readTrainingPoint } from './read-flax.ts';
import type { StateFile } from './state-file.ts';

const TESTDATA = new URL('testdata/flax/', import.meta.url).pathname;
const GOLDENS = new URL('../../bench/goldens/', import.meta.url).pathname;
/** As vit_jax left it. */
const WORKDIR = join(GOLDENS, 'flax/msgpack_vit_tiny16');

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-flax-'))));
afterAll(() => rm(folder, { recursive: true }));

async function arraysOf(state: StateFile, prefix: string): Promise<Map<string, NamedTensor>> {
  const arrays = new Map<string, NamedTensor>();
  const sha256 = await state.readThrough(
    (name) => name.startsWith(prefix),
    (name, tensor) => void arrays.set(name.slice(prefix.length), tensor),
  );
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  return arrays;
}

/** The numbers that flax and Orbax were given. */
async function expectedArrays(): Promise<Map<string, NamedTensor>> {
  const npz = await openNpz(join(TESTDATA, 'arrays.npz'));
  try {
    const arrays = new Map<string, NamedTensor>();
    for (const { name } of npz.entries) arrays.set(name, await npz.read(name));
    return arrays;
  } finally {
    await npz.close();
  }
}

async function errorOf(action: () => Promise<unknown>): Promise<AppError> {
  const error: unknown = await action().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

describe('what flax wrote', () => {
  it.each(['state.msgpack', 'ocdbt', 'zarr'])(
    '%s: every float type, single numbers, arrays cut in pieces',
    async (name) => {
      const state = await openFlax(join(TESTDATA, name));
      try {
        expect(await arraysOf(state, 'params/block/')).toEqual(await expectedArrays());
        const named = (path: string): StateFile['leaves'][number] => state.leaves.find((leaf) => leaf.name === path)!;
        expect(await state.integer(named('step'))).toBe(7);
        expect(await state.integer(named('opt_state/1/count'))).toBe(7);
        expect((await errorOf(() => state.integer(named('params/block/kernel')))).message).toContain('no whole number');
      } finally {
        await state.close();
      }
    },
  );

  it('values of other types are listed, and refused where weights are due', async () => {
    const state = await openFlax(join(TESTDATA, 'state.msgpack'));
    try {
      const types = new Map(state.leaves.map(({ name, dtype }) => [name, dtype]));
      expect(Object.fromEntries([...types].filter(([name]) => name.startsWith('more/')))).toEqual({
        'more/bool': 'bool',
        'more/complex': 'complex',
        'more/flag': 'bool',
        'more/int': 'int64',
        'more/integers': 'int64',
        'more/large': 'int',
        'more/negative': 'int',
        'more/real': 'float',
        'more/text': 'str',
        'more/wave': 'complex64',
      });
      expect([...types.keys()]).toContain('params/empty');
      for (const name of ['integers', 'wave', 'text', 'flag']) {
        const error = await errorOf(() => arraysOf(state, `more/${name}`));
        expect(error.message).toMatch(/tensor "more\/\w+": it holds \w+, but weights are floating-point numbers/);
      }
      const numbers = state.leaves.filter(({ name }) => /^more\/(int|negative|large)$/.test(name));
      expect(await Promise.all(numbers.map((leaf) => state.integer(leaf)))).toEqual([2 ** 40, 2 ** 33, -3]);
    } finally {
      await state.close();
    }
  });

  it('gzip and the other byte order are read in zarr folders', async () => {
    const state = await openFlax(join(TESTDATA, 'zarr'));
    const kernel = (await expectedArrays()).get('kernel');
    expect(await arraysOf(state, 'other/')).toEqual(
      new Map([
        ['big', kernel],
        ['gzip', kernel],
      ]),
    );
  });

  it('zarr 3 and older folders of Orbax are refused with the command that converts them', async () => {
    const error = await errorOf(() => openFlax(join(TESTDATA, 'zarr3')));
    expect(error.message).toContain('zarr 3, which is not read');
    expect(error.hint).toContain('python -c');
    expect(error.hint).toContain(join(TESTDATA, 'zarr3'));
    const older = join(folder, 'older');
    await cp(join(TESTDATA, 'zarr'), older, { recursive: true });
    await writeFile(join(older, 'checkpoint'), '');
    expect((await errorOf(() => openFlax(older))).message).toContain('an older layout');
  });
});

describe('a workdir of vit_jax', () => {
  it('is a checkpoint and a training point, by its folder or its file', async () => {
    const { architecture, params, notes, sha256 } = await readCheckpoint(WORKDIR);
    expect(architecture).toMatchObject({ family: 'vit', width: 32, depth: 2, numHeads: 2, numClasses: 10 });
    expect(params.size).toBe(40);
    expect(notes[0]).toBe('Layout: vit_jax.');
    const point = await readTrainingPoint(join(WORKDIR, 'checkpoint_4'));
    expect(point.step).toBe(4);
    expect(point.checkpoint.sha256).toBe(sha256);
    expect([...point.trace.keys()]).toEqual([...params.keys()]);
    expect(point.trace.get('head/bias')!.data[0]).toBe(0.011474609375);
  });

  it('is read the same from what Orbax wrote', async () => {
    const { architecture, params } = await readCheckpoint(join(GOLDENS, 'flax/orbax_mixer_tiny16'));
    expect(architecture).toMatchObject({ family: 'mixer', depth: 2 });
    expect(params.size).toBe(30);
  });

  it('is opened by its newest checkpoint; what is still being written does not count', async () => {
    const workdir = join(folder, 'workdir');
    await mkdir(join(workdir, 'checkpoint_20.orbax-checkpoint-tmp'), { recursive: true });
    for (const step of [4, 10]) await cp(join(WORKDIR, 'checkpoint_4'), join(workdir, `checkpoint_${step}`));
    await writeFile(join(workdir, 'checkpoint_9'), 'damaged');
    await writeFile(join(workdir, 'checkpoint_tmp'), 'damaged');
    expect((await inspectCheckpoint(workdir)).path).toBe(join(workdir, 'checkpoint_10'));
  });

  it('is inspected: step, optimizer, unused and missing tensors', async () => {
    const { training, unused, missing, tensors, parameters, error } = await inspectCheckpoint(WORKDIR);
    expect(training).toEqual({
      title: 'vit_jax',
      step: 4,
      optimizer: { updates: 4, momentum: ['bfloat16'], values: 41 },
    });
    expect([unused, missing, tensors.length, parameters, error]).toEqual([[], [], 40, 42_666, null]);
    const { params } = await readCheckpoint(WORKDIR);
    const changed = new Map(params);
    changed.set('extra/kernel', { shape: [1], data: new Float32Array(1) });
    const path = await written('changed', vitJaxState(changed, params, 9));
    const inspection = await inspectCheckpoint(path);
    expect(inspection.unused[0]).toBe('extra/kernel');
    expect(inspection.training!.optimizer!.momentum).toBeNull(); // none for "extra/kernel"
    changed.delete('extra/kernel');
    changed.delete('Transformer/encoder_norm/bias');
    const lacking = await inspectCheckpoint(await written('lacking', vitJaxState(changed, changed, 9)));
    expect(lacking.missing).toEqual(['Transformer/encoder_norm/bias']);
  });

  it.each<[string, (tree: { [key: string]: FlaxValue }) => FlaxValue, string]>([
    ['parameters alone', (tree) => tree['0']!, 'parameters written by flax'],
    ["model.init's variables", (tree) => ({ params: tree['0']! }), 'a TrainState of flax'],
    ['a TrainState', (tree) => ({ opt_state: tree['1']!, params: tree['0']!, step: 3 }), 'a TrainState of flax'],
    [
      'flax.optim',
      (tree) => ({ 0: { state: { step: 3 }, target: tree['0']! }, 1: 3 }),
      'vit_jax before 2022 (flax.optim)',
    ],
  ])('%s are read as well', async (_, change, title) => {
    const { params } = await readCheckpoint(WORKDIR);
    const path = await written('wrapped', change(vitJaxState(params, params, 3)));
    const read = await readCheckpoint(path);
    expect(read.notes[0]).toBe(`Layout: ${title}.`);
    expect([...read.params.entries()]).toEqual([...params.entries()]);
  });

  it('counts updates where the step says otherwise', async () => {
    const { params } = await readCheckpoint(WORKDIR);
    const { step, checkpoint } = await readTrainingPoint(
      await written('counted', { ...vitJaxState(params, params, 12), 2: 11 }),
    );
    expect(step).toBe(12);
    expect(checkpoint.notes.join()).toContain('Its step is 11, but its optimizer made 12 updates');
  });

  async function written(name: string, tree: FlaxValue): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, packFlax(tree));
    return path;
  }

  it.each<[string, (whole: Buffer) => Buffer | Promise<Buffer>, RegExp]>([
    ['cut off', (whole) => whole.subarray(0, 100_000), /truncated/],
    ['with more behind it', (whole) => Buffer.concat([whole, Buffer.of(0)]), /1 bytes follow its end/],
    ['with a byte that msgpack lacks', () => Buffer.of(0x81, 0xa1, 0x61, 0xc1), /0xc1/],
    ['with a key twice', () => Buffer.of(0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 1), /tensor "a": it is there twice/],
    ['with two leaves of one name', () => packFlax({ 'a/b': 1, a: { b: 1 } }), /tensor "a\/b": it is there twice/],
    ['nested without end', () => Buffer.from('81a161'.repeat(1000) + '01', 'hex'), /nested more than 32 deep/],
    [
      'with more values than any state',
      () => packFlax(Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`k${i}`, 1]))),
      /holds more than 20000 values/,
    ],
    ['with a huge map', () => Buffer.from('81a161dfffffffff', 'hex'), /truncated/],
    ['without values', () => Buffer.from('81a16180', 'hex'), /holds no values/],
    [
      'with bytes that are not its shape',
      () => packFlax({ a: new FlaxArray([3], 'float32', new Uint8Array(8)) }),
      /promises \[3\] float32, but it holds 8 bytes/,
    ],
    [
      'of a shape beyond all numbers',
      () => packFlax({ a: new FlaxArray(Array<number>(9).fill(2 ** 52), 'float32', new Uint8Array(8)) }),
      /promises/,
    ],
    [
      'whose pieces are out of order',
      () =>
        packFlax({
          a: {
            __msgpack_chunked_array__: true,
            shape: { 0: 2 },
            chunks: { 1: new FlaxArray([1], 'float32', new Uint8Array(4)), x: 1 },
          },
        }),
      /pieces it is cut in are damaged/,
    ],
    [
      'with integers for weights',
      async () => packFlax({ ...(await integerHead()) }),
      /"head\/bias": it holds int32, but weights/,
    ],
  ])('a file %s is refused', async (_, make, message) => {
    const path = join(folder, 'damaged');
    await writeFile(path, await make(await readFile(join(WORKDIR, 'checkpoint_4'))));
    const error = await errorOf(() => readCheckpoint(path));
    expect(error.code).toBe('bad_checkpoint');
    expect(error.message).toContain(path);
    expect(error.message).toMatch(message);
  });

  async function integerHead(): Promise<{ [key: string]: FlaxValue }> {
    const { params } = await readCheckpoint(WORKDIR);
    const tree = vitJaxState(params, params, 1)['0'] as { [key: string]: { [key: string]: FlaxValue } };
    tree['head']!['bias'] = new FlaxArray([10], 'int32', new Int32Array(10));
    return tree;
  }
});

describe('a folder of Orbax that is damaged', () => {
  const ORBAX = join(GOLDENS, 'flax/orbax_mixer_tiny16/checkpoint_3');

  async function damaged(name: string, change: (copy: string) => Promise<void>): Promise<AppError> {
    const copy = join(folder, name);
    await cp(ORBAX, copy, { recursive: true });
    await change(copy);
    const error = await errorOf(() => readCheckpoint(copy));
    expect(error.code).toBe('bad_checkpoint');
    expect(error.message).toContain(copy);
    return error;
  }

  async function flip(path: string, at: number): Promise<void> {
    const bytes = await readFile(path);
    bytes[at < 0 ? bytes.length + at : at]! ^= 0x10;
    await writeFile(path, bytes);
  }

  it('says what is wrong with which file', async () => {
    const manifest = (copy: string): string => join(copy, 'manifest.ocdbt');
    expect((await damaged('checksum', (copy) => flip(manifest(copy), 40))).message).toContain('checksum is wrong');
    expect((await damaged('magic', (copy) => flip(manifest(copy), 0))).message).toContain('begins with other bytes');
    expect((await damaged('length', (copy) => flip(manifest(copy), 4))).message).toContain('its length is another');
    expect((await damaged('gone', (copy) => rm(join(copy, 'ocdbt.process_0'), { recursive: true }))).message).toContain(
      'missing or ends before',
    );
    expect((await damaged('empty', async (copy) => void (await rm(manifest(copy))))).message).toContain(
      'holds no arrays',
    );
  });

  it('any flipped bit of its files ends in such an error or in the same numbers', { timeout: 60_000 }, async () => {
    const whole = await readCheckpoint(ORBAX);
    const copy = join(folder, 'flipped');
    await cp(ORBAX, copy, { recursive: true });
    const { files } = JSON.parse(await readFile(join(GOLDENS, 'flax/orbax_mixer_tiny16/case.json'), 'utf8')) as {
      files: Record<string, { bytes: number }>;
    };
    let refused = 0;
    for (const [name, { bytes }] of Object.entries(files)) {
      const path = join(copy, name.slice('checkpoint_3/'.length));
      for (let i = 0; i < 12; i++) {
        const at = Math.floor((bytes * (i + 0.5)) / 12);
        await flip(path, at);
        try {
          const { params } = await readCheckpoint(copy);
          // Values aren't checksummed by Orbax: a bit of a number may differ, but no array's size.
          expect([...params].map(([key, { shape }]) => [key, shape])).toEqual(
            [...whole.params].map(([key, { shape }]) => [key, shape]),
          );
        } catch (error) {
          if (!(error instanceof AppError)) throw new Error(`${name}, byte ${at}`, { cause: error });
          refused++;
        }
        await flip(path, at);
      }
    }
    expect(refused).toBeGreaterThan(10);
  });
});
