import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSampleImages } from '../data/sample-images.ts';
import type { StepsReport } from './run-steps.ts';

const PROGRAM = join(import.meta.dirname, 'run-steps.ts');
const MEBIBYTE = 2 ** 20;

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('training in a process of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-steps-'));
  const images = join(folder, 'images');
  beforeAll(async () => {
    mkdirSync(images);
    await writeSampleImages({ folder: images, count: 48, size: [20, 24] });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(steps: number, warmup = 0, env: NodeJS.ProcessEnv = {}): Promise<StepsReport> {
    const args = ['--expose-gc', PROGRAM, images, String(steps), String(warmup)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
    return JSON.parse(stdout) as StepsReport;
  }

  test('2,000 steps over many stretches of images take no more memory than 200 did, within 60 MB', async () => {
    const { residentAfterWarmup, resident, tensorsAfterWarmup, tensors, losses } = await run(2200, 200);
    expect(tensors).toBe(tensorsAfterWarmup);
    expect((resident - residentAfterWarmup) / MEBIBYTE).toBeLessThan(60);
    expect(losses.every(Number.isFinite)).toBe(true);
  });

  test('200 steps in two processes give the same weights and momentum, to the last bit', async () => {
    const [a, b] = [await run(200), await run(200)];
    expect(a.losses).toEqual(b.losses);
    expect(a.state).toBe(b.state);
    expect((await run(199)).state).not.toBe(a.state);
  });

  test('compiled, compiled and kept, and read back: the same bits; what was damaged is compiled again', async () => {
    const kept = join(folder, 'compiled');
    const [without, cold] = [
      await run(50, 0, { VITRINE_COMPILED_DIR: '' }),
      await run(50, 0, { VITRINE_COMPILED_DIR: kept }),
    ];
    const programs = keptPrograms(kept);
    expect(programs.length).toBeGreaterThan(0);
    const warm = await run(50, 0, { VITRINE_COMPILED_DIR: kept });
    expect(keptPrograms(kept)).toEqual(programs); // nothing was compiled, or it would have been kept anew
    for (const { path } of programs) {
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(path, bytes);
    }
    const damaged = await run(50, 0, { VITRINE_COMPILED_DIR: kept });
    const again = keptPrograms(kept);
    // The same programs, and none of the damaged files.
    const unsealed = (list: readonly { name: string }[]): string[] =>
      list.map(({ name }) => name.replace(/[0-9a-f]{64}-/, ''));
    expect(unsealed(again).sort()).toEqual(unsealed(programs).sort());
    expect(again.filter(({ name }) => programs.some((before) => before.name === name))).toEqual([]);
    for (const other of [cold, warm, damaged]) {
      expect(other.losses).toEqual(without.losses);
      expect(other.state).toBe(without.state);
    }
    // Another thread count makes another program: it is kept apart.
    await run(1, 0, { VITRINE_COMPILED_DIR: kept, VITRINE_THREADS: '1', TF_NUM_INTRAOP_THREADS: '1' });
    expect(readdirSync(kept)).toHaveLength(2);
  }, 240_000);

  test('XLA compiles a step as one program', async () => {
    const dump = join(folder, 'dump');
    mkdirSync(dump);
    await run(1, 0, { TF_XLA_FLAGS: '--tf_xla_clustering_debug', TF_DUMP_GRAPH_PREFIX: dump });
    const graphs = readdirSync(dump)
      .filter((name) => /^mark_for_compilation(_\d+)?\.pbtxt$/.test(name))
      .map((name) => readFileSync(join(dump, name), 'utf8'));
    const steps = graphs.filter((text) => text.includes('op: "MatMul"') || text.includes('op: "BatchMatMulV2"'));
    expect(steps.length).toBe(1);
    const nodes = steps[0]!.split(/^node \{/m).slice(1);
    const compiled = nodes.filter((node) => node.includes('"_XlaCluster"'));
    // One program, beside at most a tiny one that makes the key of the random draws.
    const clusters = Map.groupBy(compiled, (node) => /"cluster_\d+"/.exec(node)?.[0]);
    const sizes = [...clusters.values()].map((members) => members.length).sort((a, b) => b - a);
    expect(sizes[0]).toBeGreaterThan(300);
    expect(sizes.slice(1).reduce((a, b) => a + b, 0)).toBeLessThan(10);
  });
});

function keptPrograms(folder: string): { name: string; path: string; changed: number }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.pb'))
    .map((name) => ({ name, path: join(folder, name), changed: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
