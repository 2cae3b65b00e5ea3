import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishedName } from '../../src-shared/checkpoints/names.ts';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { VitArchitecture } from '../../src-shared/models/architecture.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { inspectCheckpoint } from './inspect-checkpoint.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { writeCheckpoint } from './write-checkpoint.ts';
import { writeNpz } from './write-npz.ts';

const GOLDENS = new URL('../../bench/goldens/', import.meta.url).pathname;
const TINY = join(GOLDENS, 'models/vit_tiny16/checkpoint.npz');
const LABELS = Array.from({ length: 10 }, (_, i) => `class ${i}`);
const PREPROCESSING: Preprocessing = { resolution: [64, 64], resize: 'bilinear', range: '[-1, 1]', exif: 'exif' };
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-checkpoint-'))));
afterAll(() => rm(folder, { recursive: true }));

async function written(
  name: string,
  change: Partial<{ architecture: VitArchitecture; labels: string[] | null }> = {},
): Promise<string> {
  const path = join(folder, name);
  const { params, architecture } = await readCheckpoint(TINY);
  const labels = LABELS;
  await writeCheckpoint(path, {
    params,
    architecture,
    labels,
    preprocessing: PREPROCESSING,
    provenance: { seed: 3 },
    ...change,
  });
  return path;
}

describe('readCheckpoint', () => {
  it('reads what vit_jax published, under linen names', async () => {
    const { params, architecture, labels, preprocessing, notes, sha256 } = await readCheckpoint(TINY);
    expect(architecture).toEqual({
      family: 'vit',
      patchSize: [16, 16],
      imageSize: [64, 64],
      width: 32,
      depth: 2,
      mlpDim: 64,
      numHeads: 2,
      classifier: 'token',
      representationSize: null,
      numClasses: 10,
    });
    expect(params.get('Transformer/encoderblock_1/MultiHeadDotProductAttention_0/query/kernel')!.shape).toEqual([
      32, 2, 16,
    ]);
    expect([labels, preprocessing]).toEqual([null, null]);
    expect(notes.join()).toContain('token_unpooled');
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('reads linen names just as well, and says what it does not use', async () => {
    const { params } = await readCheckpoint(TINY);
    const path = join(folder, 'linen.npz');
    await writeNpz(path, [...params, ['ema', { shape: [], data: new Float32Array(1) }]]);
    const again = await readCheckpoint(path);
    expect([...again.params]).toEqual([...params]);
    expect(again.notes.join()).toContain('Not used: "ema"');
  });

  it.each([
    ['lit/lit_bert/checkpoint.npz', /LiT.*not a classifier/],
    ['models/vit_nonsquare_tiny16/checkpoint.npz', /15 patches/],
    ['models/vit_tiny16/expected.npz', /Its layout is not known/],
  ])('refuses %s, naming the file', async (file, message) => {
    const path = join(GOLDENS, file);
    await expect(readCheckpoint(path)).rejects.toMatchObject({
      code: 'bad_checkpoint',
      message: expect.stringMatching(message) as string,
    });
    await expect(readCheckpoint(path)).rejects.toThrow(path);
  });
});

describe('writeCheckpoint', () => {
  it('writes the bytes that the published file has, and reads back all it was given', async () => {
    const path = await written('model.npz');
    expect((await readFile(path)).equals(await readFile(TINY))).toBe(true);
    const again = await readCheckpoint(path);
    expect(again).toMatchObject({ labels: LABELS, preprocessing: PREPROCESSING, provenance: { seed: 3 }, notes: [] });
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each([
    ['hybrid_blocks_w1', [64, 64]],
    ['hybrid_r50b16style', [64, 64]],
    ['hybrid_root_r_ti16', [64, 64]],
    ['mixer_tiny16', [64, 64]],
    ['mixer_samepad_tiny16', [70, 58]],
  ] as const)('writes the bytes that the published %s has', async (name, imageSize) => {
    const published = join(GOLDENS, 'models', name, 'checkpoint.npz');
    const { params, architecture } = await readCheckpoint(published, { imageSize });
    for (const [path, { shape }] of paramsOf(architecture)) expect(params.get(path)!.shape, path).toEqual(shape);
    const path = join(folder, `${name}.npz`);
    await writeCheckpoint(path, {
      params,
      architecture,
      labels: null,
      preprocessing: { ...PREPROCESSING, resolution: imageSize },
      provenance: {},
    });
    expect((await readFile(path)).equals(await readFile(published))).toBe(true);
    const again = await readCheckpoint(path);
    expect([again.architecture, again.notes]).toEqual([architecture, []]);
  });

  it('remembers what the weights leave open', async () => {
    const { params, architecture } = await readCheckpoint(join(GOLDENS, 'models/vit_nonsquare_tiny16/checkpoint.npz'), {
      imageSize: [48, 80],
    });
    const path = join(folder, 'wide.npz');
    const open = { ...(architecture as VitArchitecture), classifier: 'token_unpooled' as const };
    await writeCheckpoint(path, {
      params,
      architecture: open,
      labels: null,
      preprocessing: PREPROCESSING,
      provenance: {},
    });
    expect((await readCheckpoint(path)).architecture).toEqual(open);
  });

  it('refuses to write what it could not read', async () => {
    const { params, architecture } = await readCheckpoint(TINY);
    const rest = { labels: null, preprocessing: PREPROCESSING, provenance: {} };
    const path = join(folder, 'never.npz');
    await expect(
      writeCheckpoint(path, { params, architecture: { ...architecture, depth: 3 }, ...rest }),
    ).rejects.toThrow('encoderblock_2');
    await expect(
      writeCheckpoint(path, { params, architecture: { ...architecture, depth: 1 }, ...rest }),
    ).rejects.toThrow('no place');
    await expect(written('never.npz', { labels: ['one'] })).rejects.toThrow('1 labels for 10 classes');
    expect((await readdir(folder)).filter((name) => name.includes('never'))).toEqual([]);
  });
});

describe('the description beside a checkpoint', () => {
  it('is ignored, with a note, beside other numbers or when it is not ours', async () => {
    const path = await written('swapped.npz');
    await copyFile(join(GOLDENS, 'models/vit_rep_tiny16/checkpoint.npz'), path);
    const { labels, notes, architecture } = await readCheckpoint(path);
    expect(labels).toBeNull();
    expect(architecture.representationSize).toBe(48);
    expect(notes.join()).toMatch(/swapped\.json was written for another checkpoint/);
    await writeFile(join(folder, 'swapped.json'), '{"name": "something else"}');
    expect((await readCheckpoint(path)).notes.join()).toMatch(/not a checkpoint's description/);
  });

  it.each([
    [/not valid JSON/, (): string => '{"format": "vitrine-checkpoint"'],
    [/version/, (text: string): string => text.replace('"version": 1', '"version": 2')],
    [
      /preprocessing\.resolution/,
      (text: string): string => text.replace(/"resolution": \[\s*64,/, '"resolution": [-1,'),
    ],
    [/names 9 classes, but the checkpoint has 10/, (text: string): string => text.replace(/"class 0",\s*/, '')],
  ])('that is damaged is an error: %s', async (message, change) => {
    const path = await written('damaged.npz');
    const sidecar = join(folder, 'damaged.json');
    const text = await readFile(sidecar, 'utf8');
    await writeFile(sidecar, change(text));
    await expect(readCheckpoint(path)).rejects.toMatchObject({
      code: 'bad_checkpoint',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('inspectCheckpoint', () => {
  it('tells what a checkpoint is', async () => {
    const inspection = await inspectCheckpoint(await written('inspected.npz'));
    expect(inspection).toMatchObject({
      naming: 'published',
      variant: null,
      labels: LABELS,
      error: null,
      missing: [],
      unused: [],
    });
    expect(inspection.parameters).toBe(
      inspection.tensors.reduce((sum, t) => sum + t.shape.reduce((n, d) => n * d, 1), 0),
    );
    expect(inspection.tensors.map((t) => t.name)).toContain('Transformer/encoderblock_0/MlpBlock_3/Dense_0/kernel');
  });

  it('lists the tensors of what it can not use, and why', async () => {
    const { params } = await readCheckpoint(TINY);
    const path = join(folder, 'lacking.npz');
    const kept = [...params].filter(([name]) => name !== 'Transformer/encoder_norm/bias');
    await writeNpz(
      path,
      kept.map(([name, tensor]) => [publishedName(name), tensor]),
    );
    const inspection = await inspectCheckpoint(path);
    expect(inspection.architecture).toBeNull();
    expect(inspection.missing).toEqual(['Transformer/encoder_norm/bias']);
    expect(inspection.error).toMatchObject({
      code: 'bad_checkpoint',
      message: expect.stringContaining(path) as string,
    });
    expect(inspection.tensors.length).toBe(kept.length);
  });

  it('finds damage anywhere', async () => {
    const bytes = await readFile(TINY);
    const path = join(folder, 'flipped.npz');
    for (const at of [1000, bytes.length >> 1]) {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 16;
      await writeFile(path, copy);
      await expect(inspectCheckpoint(path)).rejects.toMatchObject({ code: 'bad_checkpoint' });
    }
    await expect(inspectCheckpoint(new URL('testdata/objects.npz', import.meta.url).pathname)).rejects.toThrow(
      'no pickle',
    );
  });
});
