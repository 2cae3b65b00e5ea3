import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SpeedRow } from '../../../src-shared/bench/rows.ts';
import { variantNamed } from '../../../src-shared/models/variants.ts';
import { computeEnvironment } from '../engine/service.ts';
import { measureModels } from './service.ts';
import type { BenchOptions, BenchRequest } from './service.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'vitrine-speed-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const request = (more: Partial<BenchRequest>): BenchRequest => ({
  variants: [variantNamed('testing')],
  batches: [2],
  train: true,
  resolution: 32,
  numClasses: 10,
  warmup: 1,
  steps: 4,
  maxSeconds: 60,
  threads: null,
  python: null,
  vitJax: null,
  ...more,
});

async function options(more: Partial<BenchOptions> = {}): Promise<BenchOptions & { said: string[]; came: SpeedRow[] }> {
  const [said, came]: [string[], SpeedRow[]] = [[], []];
  const environment = await computeEnvironment();
  const device = process.env['VITRINE_ENGINE_DIR'] === undefined ? 'wasm' : 'cpu';
  return {
    setup: { device, environment },
    freeBytes: 64e9,
    signal: new AbortController().signal,
    say: (text) => said.push(text),
    onRow: (row) => came.push(row),
    said,
    came,
    ...more,
  };
}

/** A Python that has the modules it is asked for but those missing, and answers a script with fixed figures. */
function pythonThat(answer: string, missing = ''): string {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const script = `#!/bin/sh\nif [ "$1" = -c ]; then echo "${missing}"; exit 0; fi\n${answer}\n`;
  writeFileSync(join(folder, 'bin/python'), script);
  chmodSync(join(folder, 'bin/python'), 0o755);
  return folder;
}

test('forward and training of a model, in processes of their own', async () => {
  const given = await options();
  const { rows, engine, skipped } = await measureModels(request({}), given);
  expect(rows.map(({ what, steps }) => [what, steps])).toEqual([
    ['forward', 4],
    ['train', 4],
  ]);
  for (const row of rows) {
    expect(row).toMatchObject({ model: 'testing', engine: 'Vitrine', batch: 2, resolution: 32, numClasses: 10 });
    expect(row.imgPerSecMin).toBeGreaterThan(0);
    expect(row.imgPerSecMin).toBeLessThanOrEqual(row.imgPerSec);
    expect(row.imgPerSec).toBeLessThanOrEqual(row.imgPerSecMax);
    // The first step has everything that a later one has.
    expect(row.firstSeconds).toBeGreaterThan(2 / row.imgPerSecMax);
    expect(row.peakBytes).toBeGreaterThan(20e6);
  }
  expect(skipped).toEqual([]);
  expect(engine?.kind).toBe(given.setup.device === 'wasm' ? 'wasm' : 'tensorflow');
  expect(given.came).toHaveLength(2);
});

test('what does not go is left out with the reason', async () => {
  const given = await options({ freeBytes: 1e6 });
  const small = await measureModels(request({ train: false }), given);
  expect(small.rows).toEqual([]);
  expect(small.skipped[0]!.reason).toMatch(/its step takes about [\d.]+ GB, and 0\.0 GB are free/);
  const tiny = await measureModels(request({ resolution: 8, train: false }), await options());
  expect(tiny.skipped[0]!.reason).toContain('8 px is smaller than its patch');
  const unpooled = { variants: [variantNamed('testing-unpooled')] };
  const { rows, skipped } = await measureModels(request(unpooled), await options());
  expect(rows.map(({ what }) => what)).toEqual(['forward']);
  expect(skipped.map(({ what }) => what)).toEqual(['train']);
});

test.skipIf(process.platform === 'win32')('peers: measured with a ratio, or left out with a line', async () => {
  const figures = JSON.stringify({ firstSeconds: 1, seconds: [0.5], peakBytes: 1e8, versions: { timm: '1.2.3' } });
  const variants = [variantNamed('ViT-Ti_16')];
  const only = { variants, train: false, batches: [1], resolution: 32 };
  const good = await options();
  const { rows, versions } = await measureModels(request({ ...only, python: pythonThat(`echo '${figures}'`) }), good);
  expect(rows.map(({ engine }) => engine)).toEqual(['Vitrine', 'timm on PyTorch']);
  expect(rows[1]!.ofVitrine).toBeCloseTo(2 / rows[0]!.imgPerSec, 10);
  expect(versions['timm']).toBe('1.2.3');

  const without = await options();
  await measureModels(request({ train: false, python: pythonThat('exit 1', 'torch timm'), vitJax: folder }), without);
  expect(without.said.join('\n')).toContain('has no torch and no timm');
  const failing = await measureModels(
    request({ ...only, python: pythonThat('echo words >&2; exit 1') }),
    await options(),
  );
  expect(failing.skipped).toMatchObject([{ engine: 'timm on PyTorch', reason: 'timm_speed.py failed: words' }]);
  await expect(measureModels(request({ ...only, python: '/not/there' }), await options())).rejects.toMatchObject({
    code: 'not_found',
  });
});
