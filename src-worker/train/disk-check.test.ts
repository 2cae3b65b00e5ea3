import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { countedParams, diskNeed } from '../../src-shared/config/disk-need.ts';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import type { RunConfig } from '../../src-shared/config/run-config.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { writeNpz } from '../checkpoints/write-npz.ts';
import { tinyVit } from '../models/tiny-vit.ts';
import { checkDisk } from './disk-check.ts';
import { optimizerOf } from './optimizers.ts';
import { saveState } from './run-files.ts';
import { PARAMS, statesToKeep, trainProgram } from './train-program.ts';

let workdir: string;
beforeEach(() => (workdir = mkdtempSync(join(tmpdir(), 'vitrine-disk-'))));
afterEach(() => rmSync(workdir, { recursive: true, force: true }));

const architecture = tinyVit('token');
const config = (...overrides: string[]): RunConfig => resolveConfig({ overrides }).config;
const free = (bytes: number) => async () => ({ bavail: bytes, bsize: 1 });

test.each(['sgd', 'adamw'])('what is reckoned for %s is what the files take', async (name) => {
  const wanted = config(`vitrine.optim.name=${name}`, 'base_lr=0.001');
  const spec = trainProgram({
    architecture,
    microBatch: 2,
    accumSteps: 2,
    gradNormClip: 1,
    optimizer: optimizerOf(wanted.vitrine.optim, architecture),
    dropoutRate: 0,
    attentionDropoutRate: 0,
  });
  const tensors = new Map(
    statesToKeep(spec).map((key) => {
      const { shape } = spec.state[key]!;
      return [key, { shape, data: new Float32Array(sizeOfShape(shape)) }];
    }),
  );
  await saveState(workdir, { step: 7, best: null }, tensors);
  const [file] = readdirSync(join(workdir, 'checkpoints')).filter((other) => other.endsWith('.npz'));
  const need = diskNeed(architecture, wanted, countedParams(architecture));
  const written = statSync(join(workdir, 'checkpoints', file!)).size;
  const model = join(workdir, 'model.npz');
  await writeNpz(model, new Map([...tensors].filter(([key]) => key.startsWith(PARAMS))));
  for (const [reckoned, bytes] of [
    [need.state, written],
    [need.model, statSync(model).size],
  ] as const) {
    expect(reckoned).toBeGreaterThanOrEqual(bytes);
    // The model is tiny: all that is too much are the headers.
    expect(reckoned - bytes).toBeLessThan(tensors.size * 512);
  }
  expect(need.most).toBe(2 * need.state + need.records);
});

test('running means, a best model and parts that stay as they are count', () => {
  const all = countedParams(architecture);
  const plain = diskNeed(architecture, config(), all);
  const more = diskNeed(architecture, config('vitrine.ema=0.9', 'vitrine.best_by=loss'), all);
  expect(more.state - plain.state).toBe(plain.model);
  expect(more.most - plain.most).toBe(3 * plain.model);
  const head = diskNeed(architecture, config(), countedParams(architecture, ['head/kernel', 'head/bias']));
  const values = [...paramsOf(architecture)].filter(([name]) => !name.startsWith('head/'));
  expect(plain.state - head.state).toBeGreaterThan(
    4 * values.reduce((sum, [, { shape }]) => sum + sizeOfShape(shape), 0),
  );
});

test('a disk that is too small is told with the numbers; what is there already counts; a finished run needs nothing', async () => {
  const wanted = config('vitrine.best_by=accuracy');
  const { most } = diskNeed(architecture, wanted, countedParams(architecture));
  const inside = join(workdir, 'not/yet');
  await expect(checkDisk(inside, { config: wanted, architecture }, free(most))).resolves.toBeUndefined();
  await expect(checkDisk(inside, { config: wanted, architecture }, free(most - 1))).rejects.toMatchObject({
    code: 'disk_full',
    message: expect.stringMatching(
      /^The run needs [\d.]+ MB in .*not\/yet, and [\d.]+ MB are free: .* best\.npz/,
    ) as string,
    details: { needed: most, free: most - 1 },
  });
  mkdirSync(join(workdir, 'checkpoints'));
  writeFileSync(join(workdir, 'checkpoints/step-00000001.npz'), Buffer.alloc(1000));
  await expect(checkDisk(workdir, { config: wanted, architecture }, free(most - 1000))).resolves.toBeUndefined();
  await expect(checkDisk(workdir, { config: wanted, architecture }, free(most - 1001))).rejects.toThrow(
    'The run needs',
  );
  writeFileSync(join(workdir, 'checkpoints/latest.json'), JSON.stringify({ step: wanted.total_steps }));
  writeFileSync(join(workdir, 'model.npz'), '');
  await expect(checkDisk(workdir, { config: wanted, architecture }, free(0))).resolves.toBeUndefined();
});
