import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExportResult } from '../../../../src-shared/contract/worker.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const goldens = join(root, 'bench/goldens');
const vit = join(goldens, 'models/vit_tiny16/checkpoint.npz');
const run = promisify(execFile);
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-export-'))));
afterAll(() => rm(folder, { recursive: true }));

/** Runs the program as a person does. */
async function vitrine(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, VITRINE_HOME: join(folder, 'home'), VITRINE_ENGINE: 'wasm' };
  try {
    return { code: 0, ...(await run(process.execPath, [join(root, 'bin/vitrine.js'), 'export', ...args], { env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

test.each([
  ['npz', vit, ['README.md', 'model.json', 'model.npz']],
  ['timm', vit, ['README.md', 'config.json', 'fingerprint.json', 'model.safetensors']],
  ['hf', vit, ['README.md', 'config.json', 'fingerprint.json', 'model.safetensors', 'preprocessor_config.json']],
  ['onnx', vit, ['README.md', 'fingerprint.json', 'model.onnx']],
  ['npz', join(goldens, 'deit/deit_tiny_distilled/model.safetensors'), ['README.md', 'model.json', 'model.npz']],
])('to %s: files, a card, and the difference', async (to, checkpoint, files) => {
  const output = join(folder, `${to}-${files.length}-${checkpoint === vit}`);
  const { code, stdout } = await vitrine(checkpoint, '--to', to, '--output', output, '--json');
  expect(code).toBe(0);
  const result = JSON.parse(stdout) as ExportResult;
  expect(result.files.map((file) => file.name)).toEqual(files);
  expect((await readdir(output)).sort()).toEqual(files);
  expect(result.difference).toBeLessThanOrEqual(to === 'onnx' ? 1e-4 : 0);
  expect(await readFile(join(output, 'README.md'), 'utf8')).toMatch(/^---\n(library_name: .*\n)?pipeline_tag: /);
});

test('nothing is overwritten, nothing is left of what is refused', async () => {
  const output = join(folder, 'full');
  await mkdir(output);
  await writeFile(join(output, 'mine.txt'), 'mine');
  const full = await vitrine(vit, '--to', 'timm', '--output', output);
  expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('holds 1 files already')]);
  const mixer = join(goldens, 'models/mixer_tiny16/checkpoint.npz');
  const before = await readdir(folder);
  const refused = await vitrine(mixer, '--to', 'hf', '--output', join(folder, 'mixer'));
  expect(refused.stderr).toContain('an MLP-Mixer, which transformers has not');
  expect(refused.code).toBe(2);
  expect(await readdir(folder)).toEqual(before);
});

test.each([
  [[vit, '--to', 'timm'], 'takes a checkpoint, --to and --output'],
  [[vit, '--to', 'caffe', '--output', 'x'], '--to is one of npz, timm, hf, savedmodel, onnx'],
  [['no-such.npz', '--to', 'npz', '--output', 'x'], 'There is no checkpoint no-such.npz'],
])('%j is refused', async (args, words) => {
  const { code, stderr } = await vitrine(...args);
  expect(code).toBeGreaterThan(0);
  expect(stderr).toContain(words);
});
