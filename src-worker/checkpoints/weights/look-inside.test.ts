import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import { paramsOf } from '../../../src-shared/models/family-params.ts';
import { sizeOfShape, type NamedTensor, type Params } from '../../../src-shared/models/params.ts';
import type { JobContext } from '../../job.ts';
import { initParams } from '../../train/init-params.ts';
import { inspectCheckpoint } from '../inspect-checkpoint.ts';
import { readCheckpoint } from '../read-checkpoint.ts';
import { exportTimm } from '../export-torch.ts';
import { writeNpz } from '../write-npz.ts';
import { patchFilters, positionMaps, tensorStatistics } from './look-inside.ts';
import { statisticsOf } from './statistics-of.ts';

const GOLDENS = new URL('../../../bench/goldens/', import.meta.url).pathname;
const context: JobContext<never> = { signal: new AbortController().signal, emit: () => {} };
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-weights-'))));
afterAll(() => rm(folder, { recursive: true }));

async function opened(path: string): Promise<{ path: string; sha256: string; output: string }> {
  const { path: file, sha256 } = await inspectCheckpoint(path);
  return { path: file, sha256, output: join(folder, `${sha256}.bin`) };
}

const bytes = (base64: string): number[] => [...Buffer.from(base64, 'base64')];
const signed = (base64: string): number[] => [...new Int8Array(Buffer.from(base64, 'base64'))];

describe('statistics', () => {
  test('of known numbers: both ends fall into bins, what is not finite is counted apart', () => {
    const found = statisticsOf('t', Float32Array.of(-1, 0, 0, 1, NaN, Infinity, -Infinity, 3));
    expect(found).toMatchObject({ name: 't', count: 8, nan: 1, infinite: 2, zeros: 2, min: -1, max: 3, mean: 0.6 });
    expect(found.std).toBeCloseTo(Math.sqrt((1.6 ** 2 + 2 * 0.6 ** 2 + 0.4 ** 2 + 2.4 ** 2) / 5), 12);
    expect(found.bins).toHaveLength(64);
    expect([found.bins[0], found.bins[16], found.bins[32], found.bins[63]]).toEqual([1, 2, 1, 1]);
  });

  test('of one number, of the same everywhere, and of nothing finite', () => {
    expect(statisticsOf('c', new Float32Array(5).fill(2))).toMatchObject({ min: 2, max: 2, std: 0, bins: [5] });
    const nothing = { min: null, max: null, mean: null, std: null, bins: [] };
    expect(statisticsOf('n', Float32Array.of(NaN, NaN))).toMatchObject({ count: 2, nan: 2, ...nothing });
    expect(statisticsOf('e', new Float32Array(0))).toMatchObject({ count: 0, ...nothing });
  });

  test.each(['models/vit_tiny16/checkpoint.npz', 'deit/deit_tiny'])(
    'every tensor of %s, by its own name',
    async (name) => {
      const path = join(GOLDENS, name);
      const { tensors } = await inspectCheckpoint(path);
      const found = await tensorStatistics(await opened(path), context);
      expect(found.map((one) => one.name).sort()).toEqual(tensors.map((one) => one.name).sort());
      for (const one of found) {
        const { shape } = tensors.find((tensor) => tensor.name === one.name)!;
        expect([one.count, one.bins.reduce((sum, n) => sum + n, 0)]).toEqual([sizeOfShape(shape), sizeOfShape(shape)]);
      }
    },
  );

  test('a file that is another one by now is refused; a stop is heeded', async () => {
    const { path } = await opened(join(GOLDENS, 'models/vit_tiny16/checkpoint.npz'));
    await expect(tensorStatistics({ path, sha256: '0'.repeat(64) }, context)).rejects.toMatchObject({
      code: 'conflict',
    });
    const stopped = { ...context, signal: AbortSignal.abort() };
    await expect(tensorStatistics({ path, sha256: '' }, stopped)).rejects.toMatchObject({ code: 'interrupted' });
  });
});

const TINY: Architecture = {
  family: 'vit',
  patchSize: [2, 3],
  imageSize: [4, 6],
  width: 8,
  depth: 1,
  mlpDim: 8,
  numHeads: 2,
  classifier: 'token',
  representationSize: null,
  numClasses: 2,
};

/** A model whose two tensors that are looked at have chosen numbers. */
async function withWeights(
  name: string,
  architecture: Architecture,
  chosen: Record<string, number[]>,
): Promise<string> {
  const path = join(folder, `${name}.npz`);
  const params = new Map<string, NamedTensor>(initParams(architecture, 1) as Params);
  for (const [key, values] of Object.entries(chosen)) {
    const { shape } = paramsOf(architecture).get(key)!;
    params.set(key, {
      shape,
      data: Float32Array.from({ length: sizeOfShape(shape) }, (_, i) => values[i % values.length]!),
    });
  }
  await writeNpz(path, params);
  return path;
}

describe('filters', () => {
  // [2, 3, 3, 8]: filter d is d at its first pixel's red, -2d at its last pixel's blue, else zero.
  const kernel = Array.from({ length: 18 * 8 }, (_, i) => {
    const [at, d] = [Math.floor(i / 8), i % 8];
    return at === 0 ? d : at === 17 ? -2 * d : 0;
  });

  test('each is scaled about 128 by its own largest magnitude; their one component is the direction they share', async () => {
    const input = await opened(await withWeights('filters', TINY, { 'embedding/kernel': kernel }));
    const { components, ...summary } = await patchFilters(input, context);
    expect(summary).toEqual({ of: 'patches', name: 'embedding/kernel', size: [2, 3], filters: 8, nonFinite: 0 });
    const pixels = await readFile(input.output);
    expect(pixels).toHaveLength(8 * 18);
    expect([...pixels.subarray(0, 18)]).toEqual(new Array(18).fill(128)); // the filter of zeros
    for (let d = 1; d < 8; d++)
      expect([...pixels.subarray(d * 18, (d + 1) * 18)]).toEqual([192, ...new Array(16).fill(128), 1]);
    expect(components).toHaveLength(1);
    expect(components[0]!.share).toBeCloseTo(1, 6);
    // A component's largest entry is positive, whatever the filters' signs.
    expect(bytes(components[0]!.pixels)).toEqual([65, ...new Array(16).fill(128), 255]);
  });

  test('numbers that are NaN are counted and drawn as zero; there are no components then', async () => {
    const input = await opened(await withWeights('nan', TINY, { 'embedding/kernel': [NaN, ...kernel.slice(1)] }));
    expect(await patchFilters(input, context)).toMatchObject({ nonFinite: 1, components: [] });
    expect((await readFile(input.output))[0]).toBe(128);
  });

  test.each([
    ['models/mixer_tiny16/checkpoint.npz', { of: 'patches', name: 'stem/kernel', size: [16, 16] }],
    ['models/hybrid_root_r_ti16/checkpoint.npz', { of: 'root', name: 'conv_root/kernel', size: [7, 7] }],
    ['deit/deit_tiny', { of: 'patches', name: 'embedding/kernel' }],
    ['lit/lit_text_transformer/checkpoint.npz', { of: 'patches', name: 'embedding/kernel' }],
  ])('of %s', async (name, expected) => {
    const input = await opened(join(GOLDENS, name));
    const summary = await patchFilters(input, context);
    expect(summary).toMatchObject({ ...expected, nonFinite: 0 });
    expect(await readFile(input.output)).toHaveLength(summary.filters * summary.size[0] * summary.size[1] * 3);
    expect(summary.components.length).toBeGreaterThan(5);
    expect(summary.components.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1 + 1e-9);
  });
});

describe('position embeddings', () => {
  // Class token, then 2 × 2 places: equal, opposite, orthogonal, and without a direction.
  const x = [3, 0, 0, 0, 0, 0, 0, 0];
  const positions = [
    x,
    x.map((value) => 2 * value),
    x.map((value) => -value),
    [0, 1, 0, 0, 0, 0, 0, 0],
    x.map(() => 0),
  ];
  const expected = [127, -127, 0, 0, -127, 127, 0, 0, 0, 0, 127, 0, 0, 0, 0, 0];

  test('cosines of every two places and of the class token, a place without length apart', async () => {
    const path = await withWeights('positions', TINY, { 'Transformer/posembed_input/pos_embedding': positions.flat() });
    const { similarities, prefix, ...rest } = await positionMaps(await opened(path), context);
    expect(rest).toEqual({ grid: [2, 2], without: 1 });
    expect(signed(similarities)).toEqual(expected);
    expect(prefix.map(({ token }) => token)).toEqual(['class']);
    expect(signed(prefix[0]!.similarities)).toEqual([127, -127, 0, 0]);
  });

  test('the same of the same weights in timm’s layout', async () => {
    const square: Architecture = { ...TINY, patchSize: [2, 2], imageSize: [4, 4] };
    const npz = await withWeights('square', square, { 'Transformer/posembed_input/pos_embedding': positions.flat() });
    const output = join(folder, 'timm');
    const checkpoint = await readCheckpoint(npz);
    await mkdir(output);
    await exportTimm(checkpoint, output);
    const { naming } = await inspectCheckpoint(output);
    expect(naming).toBe('timm');
    expect(await positionMaps(await opened(output), context)).toEqual(await positionMaps(await opened(npz), context));
    const [a, b] = [await opened(output), await opened(npz)];
    expect(await patchFilters(a, context)).toEqual(await patchFilters(b, context));
    expect(await readFile(a.output)).toEqual(await readFile(b.output));
  });

  test.each([
    ['deit/deit_tiny_distilled', ['class', 'distillation']],
    ['models/vit_gap_tiny8/checkpoint.npz', []],
    ['models/hybrid_root_r_ti16/checkpoint.npz', ['class']],
    ['lit/lit_text_transformer/checkpoint.npz', undefined],
  ])('of %s', async (name, tokens) => {
    const { grid, similarities, prefix, without } = await positionMaps(await opened(join(GOLDENS, name)), context);
    const places = grid[0] * grid[1];
    const all = signed(similarities);
    expect(all).toHaveLength(places ** 2);
    for (let i = 0; i < places; i++) expect(all[i * places + i]).toBe(127);
    expect(without).toBe(0);
    if (tokens) expect(prefix.map(({ token }) => token)).toEqual(tokens);
  });

  test('a Mixer has none', async () => {
    const input = await opened(join(GOLDENS, 'models/mixer_tiny16/checkpoint.npz'));
    await expect(positionMaps(input, context)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('A Mixer has no position') as string,
    });
  });
});
