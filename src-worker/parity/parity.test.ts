import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { openNpz } from '../checkpoints/npz-file.ts';
import { writeNpz } from '../checkpoints/write-npz.ts';
import { KINDS } from './registry.ts';

const ROOT = join(import.meta.dirname, '../..');
const GOLDENS = join(ROOT, 'bench/goldens');

interface Line {
  id: string;
  kind: string;
  status: string;
  reason?: string;
  comparisons: { what: string; difference: number | null; pass: boolean }[];
}

interface Run {
  code: number;
  cases: Line[];
  summary: { passed: number; failed: number; notSupportedYet: number; engine: { kind: string } };
  stderr: string;
}

/** The command that people run, in processes of its own. */
async function parity(engine: 'tensorflow' | 'wasm', ...args: string[]): Promise<Run> {
  const { code, stdout, stderr } = await run(engine, ...args, '--json');
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  const parsed = lines.map((line) => JSON.parse(line) as unknown);
  return { code, stderr, summary: parsed.pop() as Run['summary'], cases: parsed as Line[] };
}

function run(engine: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, VITRINE_ENGINE: engine };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'bench/parity.ts'), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

const idsOf = (cases: Line[], status: string): string[] => cases.filter((c) => c.status === status).map((c) => c.id);

describe('the goldens', () => {
  it('pass on TensorFlow, every one; none is not supported yet', { timeout: 600_000 }, async () => {
    const { code, cases, summary } = await parity('tensorflow');
    expect(cases.filter((c) => c.status === 'failed')).toEqual([]);
    expect(code).toBe(0);
    expect(summary).toMatchObject({ failed: 0, engine: { kind: 'tensorflow' } });
    const manifest = JSON.parse(await readFile(join(GOLDENS, 'manifest.json'), 'utf8')) as { cases: { id: string }[] };
    expect(cases.map((c) => c.id)).toEqual(manifest.cases.map((c) => c.id));
    expect(idsOf(cases, 'passed')).toEqual(manifest.cases.map((c) => c.id));
    for (const { comparisons } of cases) expect(comparisons.length).toBeGreaterThan(0);
  });

  it('pass on WASM', { timeout: 120_000 }, async () => {
    const { code, cases, summary } = await parity(
      'wasm',
      '--only',
      'models/vit_,models/hybrid_,models/mixer_,models/finetune_,preprocess/,train/,flax/,lit/,deit/',
    );
    expect(cases.filter((c) => c.status === 'failed')).toEqual([]);
    expect(code).toBe(0);
    expect(summary.engine.kind).toBe('wasm');
    const models = idsOf(cases, 'passed').filter((id) => id.startsWith('models/'));
    expect(models.length).toBe(cases.filter(({ id }) => id.startsWith('models/')).length);
  });
});

describe('a folder of its own', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-parity-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const place = (...names: string[]): string => join(folder, 'a/case', ...names);

  /** Copies a case under another id, as the only one. */
  async function copyCase(id: string): Promise<void> {
    await cp(join(GOLDENS, id), place(), { recursive: true });
    await describeCase((content) => ({ ...content, id: 'a/case' }));
  }

  async function describeCase(change: (content: Record<string, unknown>) => Record<string, unknown>): Promise<void> {
    const content = JSON.parse(await readFile(place('case.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(place('case.json'), JSON.stringify(change(content)));
  }

  /** Rewrites arrays of a file; `described`: and its size and hash in case.json, so that only the numbers tell. */
  async function rewrite(
    file: string,
    { described, change }: { described: boolean; change: (name: string, array: NamedTensor) => NamedTensor },
  ): Promise<void> {
    const npz = await openNpz(place(file));
    const arrays: [string, NamedTensor][] = [];
    for (const { name } of npz.entries) arrays.push([name, change(name, await npz.read(name))]);
    await npz.close();
    const { size, sha256 } = await writeNpz(place(file), arrays);
    if (!described) return;
    await describeCase((content) => ({
      ...content,
      files: { ...(content['files'] as Record<string, unknown>), [file]: { bytes: size, sha256 } },
    }));
  }

  const perturb = (wanted: string) => (name: string, array: NamedTensor) => {
    if (name !== wanted) return array;
    const data = array.data.slice();
    data[3]! += 1e-3;
    return { ...array, data };
  };

  it('fails on one number that is off, and says which array', async () => {
    await copyCase('models/vit_tiny16');
    await rewrite('expected.npz', { described: true, change: perturb('block0') });
    const { code, stdout } = await run('wasm', folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^a\/case .*largest difference 1e-3 \(block0\), tolerance 1e-4 {2}FAIL: beyond tolerance: block0$/m,
    );
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed, 0 not supported yet');
  });

  it.each([
    ['train/opt_sgd_momentum_bf16', 'expected_jit.npz', 'step7/params/cls'],
    ['train/run_vit_zero_head_lr03', 'grad0.npz', 'cls'],
    ['models/finetune_grid4to6', 'expected_params.npz', 'Transformer/posembed_input/pos_embedding'],
    ['preprocess/png_rgba', 'expected.npz', 'lit_crop_32'],
  ])('fails on one number that is off in %s, %s', async (id, file, array) => {
    await copyCase(id);
    await rewrite(file, { described: false, change: perturb(array) });
    // Without size and hash of the file in case.json, only the numbers tell.
    await describeCase((content) => ({
      ...content,
      files: { ...(content['files'] as Record<string, object>), [file]: {} },
    }));
    const { code, cases } = await parity('wasm', folder);
    expect(code).toBe(1);
    expect(cases[0]!.comparisons.filter((c) => !c.pass)).toHaveLength(1);
    expect(cases[0]!.reason).toMatch(/^beyond tolerance: /);
  });

  it('takes NaN for a failure', async () => {
    await copyCase('models/vit_tiny16');
    const change = (name: string, array: NamedTensor): NamedTensor =>
      name === 'head/bias' ? { ...array, data: array.data.map(() => NaN) } : array;
    await rewrite('checkpoint.npz', { described: true, change });
    const { code, cases } = await parity('wasm', folder);
    expect(code).toBe(1);
    expect(cases[0]!.comparisons.find((c) => !c.pass)).toMatchObject({ what: 'logits', difference: null });
  });

  it('runs shapes it never saw, without a manifest', async () => {
    await copyCase('models/vit_nonsquare_tiny16');
    // A batch of three from the two images: 1, 0, 1.
    const change = (_: string, { shape, data }: NamedTensor): NamedTensor => {
      const size = data.length / 2;
      const rows = [1, 0, 1].map((i) => data.subarray(i * size, (i + 1) * size));
      return { shape: [3, ...shape.slice(1)], data: Float32Array.from(rows.flatMap((row) => [...row])) };
    };
    await rewrite('input.npz', { described: true, change });
    await rewrite('expected.npz', { described: true, change });
    const { code, cases } = await parity('wasm', folder);
    expect([code, cases.map((c) => [c.id, c.status])]).toEqual([0, [['a/case', 'passed']]]);
  });

  it('says which file is truncated, missing, or another one', async () => {
    await copyCase('models/vit_tiny16');
    await truncate(place('checkpoint.npz'), 5000);
    await rm(place('expected.npz'));
    await rewrite('input.npz', { described: false, change: perturb('images') });
    const { code, cases } = await parity('wasm', folder);
    expect(code).toBe(1);
    expect(cases[0]!.reason).toMatch(/checkpoint\.npz has 5000 bytes where case\.json says \d+/);
    expect(cases[0]!.reason).toContain("input.npz isn't the file that case.json describes");
    expect(cases[0]!.reason).toContain('expected.npz is missing');
  });

  it('fails a case that the manifest names and that is not there, and one whose case.json is no JSON', async () => {
    await copyCase('train/lr_schedules');
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ cases: [{ id: 'a/case' }, { id: 'gone' }] }));
    await writeFile(place('case.json'), '{"id": ');
    const { code, cases } = await parity('wasm', folder);
    expect(code).toBe(1);
    expect(cases.map((c) => c.reason)).toEqual([
      expect.stringContaining('is not JSON'),
      expect.stringContaining("can't be read"),
    ]);
  });

  it('says which kind or family is not supported yet', async () => {
    await copyCase('models/vit_tiny16');
    await describeCase((content) => ({ ...content, kind: 'neural_radiance_field' }));
    const { code, cases } = await parity('wasm', folder);
    expect([code, cases[0]!.status, cases[0]!.reason]).toEqual([
      0,
      'not supported yet',
      'cases of kind "neural_radiance_field"',
    ]);
  });
});

describe('the command line', () => {
  it('runs only what is asked for', async () => {
    const { code, cases } = await parity('wasm', '--only', 'train/lr,deit/deit_tiny_distilled_p8');
    expect([code, cases.map((c) => c.id)]).toEqual([0, ['deit/deit_tiny_distilled_p8', 'train/lr_schedules']]);
  });

  it.each([[['--only', 'nothing/like/it']], [['--unknown']], [['one', 'two']]])('refuses %j', async (args) => {
    const { code, stdout, stderr } = await run('wasm', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('    at ');
  });

  it('refuses a folder that is not there or holds no cases', async () => {
    expect((await run('wasm', join(tmpdir(), 'no-such-folder'))).code).toBe(1);
    expect((await run('wasm', join(import.meta.dirname, 'kinds'))).stderr).toContain('holds no cases');
  });
});

it('knows every kind of the goldens', async () => {
  const manifest = JSON.parse(await readFile(join(GOLDENS, 'manifest.json'), 'utf8')) as { cases: { kind: string }[] };
  for (const { kind } of manifest.cases) expect(Object.keys(KINDS)).toContain(kind);
});
