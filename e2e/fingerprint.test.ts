// Fingerprints as a person meets them: kept in exports and in Vitrine's home, compared on both engines.
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder } from './run-fixtures.ts';
import { vitrine, type Ended } from './vitrine.ts';

const GOLDENS = join(import.meta.dirname, '../bench/goldens');
const VIT = join(GOLDENS, 'models/vit_rep_tiny16/checkpoint.npz');
const DEIT = join(GOLDENS, 'deit/deit_tiny_distilled');
const hasTensorFlow = process.env.VITRINE_ENGINE_DIR !== undefined;
let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => void (folder = await makeFolder()));
afterAll(() => folder.remove());

function run(args: string[], engine = 'wasm'): Promise<Ended> {
  return vitrine(args, { env: { VITRINE_ENGINE: engine, VITRINE_HOME: at('home') } });
}

interface Result {
  fingerprint: { photos: { norm: number }[]; engine: { kind: string } };
  sha256: string;
  comparison: { same: boolean; difference: number; reason: string | null } | null;
  kept: { from: string };
}

async function fingerprint(args: string[], engine?: string): Promise<Result> {
  const ended = await run(['fingerprint', ...args, '--json'], engine);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return JSON.parse(ended.stdout) as Result;
}

let exports = 0;

/** Exports a checkpoint and returns the folder. */
async function exported(checkpoint: string, to: string, engine?: string): Promise<string> {
  const output = at(`export-${exports++}`);
  const ended = await run(['export', checkpoint, '--to', to, '--output', output], engine);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return output;
}

test('a file of others: kept in Vitrine’s home by its bytes, shown by inspect, compared from then on', async () => {
  expect((await run(['inspect', VIT])).stdout).not.toMatch(/^fingerprint/m);
  const first = await fingerprint([VIT]);
  expect(first.comparison).toBeNull();
  expect(first.kept.from).toBe(at(`home/fingerprints/${first.sha256}.json`));
  expect(await readdir(at('home/fingerprints'))).toEqual([`${first.sha256}.json`]);
  expect((await fingerprint([VIT])).comparison).toMatchObject({ same: true, difference: 0 });
  expect((await run(['inspect', VIT])).stdout).toMatch(/^fingerprint +cat -?\d/m);

  // What was kept of other numbers is seen; what can't be read is made anew.
  const text = await readFile(first.kept.from, 'utf8');
  await writeFile(first.kept.from, text.replace(/"norm": [\d.]+/, '"norm": 1000'));
  const differs = await run(['fingerprint', VIT]);
  expect([differs.code, differs.stdout]).toEqual([
    1,
    expect.stringMatching(/DIFFERS from .*: the root mean square of /),
  ]);
  await writeFile(first.kept.from, text.slice(0, 100));
  expect((await fingerprint([VIT])).comparison).toBeNull();
  expect(await readFile(first.kept.from, 'utf8')).toBe(text);
}, 120_000);

test.each([
  [VIT, 'npz', 'model.json'],
  [DEIT, 'npz', 'model.json'],
  [DEIT, 'timm', 'fingerprint.json'],
  [DEIT, 'hf', 'fingerprint.json'],
  [VIT, 'onnx', 'fingerprint.json'],
])(
  '%s exported to %s has its source’s',
  async (checkpoint, to, file) => {
    const output = await exported(checkpoint, to);
    const against = ['--against', join(output, file)];
    expect((await fingerprint([checkpoint, ...against])).comparison).toMatchObject({ same: true });
    expect(await readFile(join(output, 'README.md'), 'utf8')).toMatch(/## Fingerprint\n[\s\S]*\| rocket \|/);
    if (to === 'onnx') return; // which Vitrine doesn't read as a checkpoint
    const own = await fingerprint([output]);
    expect(own).toMatchObject({ kept: { from: join(output, file) }, comparison: { same: true, reason: null } });
  },
  120_000,
);

test('weights that were changed in an export show, with exit code 1', async () => {
  const damaged = at('damaged');
  await mkdir(damaged);
  for (const name of ['config.json', 'model.safetensors']) await copyFile(join(DEIT, name), join(damaged, name));
  const output = await exported(VIT, 'npz');
  const ended = await run(['fingerprint', damaged, '--against', join(output, 'model.json')]);
  expect(ended.code).toBe(1);
  expect(ended.stdout).toMatch(
    /DIFFERS from model\.json \(wasm [\d.]+\): one has \d+ outputs \(logits\), the other \d+/,
  );
  await copyFile(join(await exported(DEIT, 'timm'), 'fingerprint.json'), join(damaged, 'fingerprint.json'));
  const header = 8 + Number((await readFile(join(damaged, 'model.safetensors'))).readBigUInt64LE(0));
  const bytes = await readFile(join(damaged, 'model.safetensors'));
  // Some kilobytes of one tensor, as a disk might lose them.
  bytes.fill(0, header + 4096, header + 16_384);
  await writeFile(join(damaged, 'model.safetensors'), bytes);
  const lost = await run(['fingerprint', damaged, '--json']);
  expect(lost.code).toBe(1);
  expect(JSON.parse(lost.stdout)).toMatchObject({ comparison: { same: false } });
}, 120_000);

test.each([
  [['fingerprint'], 2, 'fingerprint takes one checkpoint'],
  [['fingerprint', 'no-such.npz'], 1, 'There is no checkpoint no-such.npz'],
  [['fingerprint', VIT, '--against', join(DEIT, 'config.json')], 1, 'config.json holds no fingerprint'],
  [['fingerprint', VIT, '--against', 'no-such.json'], 1, "The fingerprint no-such.json can't be read"],
])('%j is refused', async (args, code, words) => {
  const ended = await run(args);
  expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(words)]);
});

describe.skipIf(!hasTensorFlow)('across engines (needs TensorFlow: vitrine engine install)', () => {
  test('what TensorFlow wrote, WASM reads the same', async () => {
    const output = await exported(VIT, 'savedmodel', 'tensorflow');
    expect((await readdir(output)).sort()).toContain('fingerprint.json');
    const { fingerprint: made, comparison } = await fingerprint([VIT, '--against', join(output, 'fingerprint.json')]);
    expect(made.engine.kind).toBe('wasm');
    expect(comparison!.same).toBe(true);
    expect(comparison!.difference).toBeLessThan(2e-5);
  }, 120_000);
});
