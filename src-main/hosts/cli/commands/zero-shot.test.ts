import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeScratch, picture, type Scratch } from '../../../services/datasets/make-images.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const lit = join(root, 'bench/goldens/lit');
const run = promisify(execFile);
let scratch: Scratch;
let image: string;
let model: string;

beforeAll(async () => {
  scratch = await makeScratch();
  await scratch.write('dog.jpg', await picture().jpeg().toBuffer());
  await scratch.write(
    'templates.txt',
    'a photo of a {}.\n{} and {} and {} and {} and {} and {} and {} and {} and {}\n',
  );
  await scratch.write('wrong.txt', 'a photo of a dog\n');
  image = join(scratch.folder, 'dog.jpg');
  model = join(scratch.folder, 'LiT.npz');
  await copyFile(join(lit, 'lit_bert/checkpoint.npz'), model);
});
afterAll(() => scratch.remove());

/** Runs the program as a person does. */
async function vitrine(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, VITRINE_HOME: join(scratch.folder, 'home'), VITRINE_ENGINE: 'wasm' };
  try {
    const { stdout, stderr } = await run(process.execPath, [join(root, 'bin/vitrine.js'), 'zero-shot', ...args], {
      env,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

const vocabulary = ['--tokenizer', join(lit, 'bert_tokens/vocab.txt'), '--text-heads', '3'];
const labels = ['--labels', 'dog,cat, red bicycle'];

test('names every label with its probability, the best first', async () => {
  const { code, stdout } = await vitrine(model, image, ...labels, ...vocabulary);
  expect(code).toBe(0);
  const [name, ...rows] = stdout.trimEnd().split('\n');
  expect(name).toBe(image);
  const percent = rows.map((row) => Number.parseFloat(row));
  expect([...percent].sort((a, b) => b - a)).toEqual(percent);
  expect(percent.reduce((a, b) => a + b)).toBeCloseTo(100, 1);
  expect(rows.map((row) => row.split('%')[1]!.trim()).sort()).toEqual(['cat', 'dog', 'red bicycle']);
});

test('--json has everything; cut prompts are told; the tokenizer beside the checkpoint is found', async () => {
  await copyFile(join(lit, 'bert_tokens/vocab.txt'), join(scratch.folder, 'LiT.txt'));
  const templates = ['--templates', join(scratch.folder, 'templates.txt')];
  const { code, stdout, stderr } = await vitrine(model, image, ...labels, ...templates, '--text-heads', '3', '--json');
  expect(code).toBe(0);
  const shown = JSON.parse(stdout) as { images: { predictions: { probability: number }[] }[]; cut: unknown[] };
  expect(shown).toMatchObject({ maxLen: 16, templates: ['a photo of a {}.', expect.stringContaining('{} and {}')] });
  expect(shown.images[0]!.predictions.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
  expect(shown.cut).toHaveLength(3);
  expect(stderr).toContain('has 17 tokens; the last 2 were left out.');
});

test.each([
  [() => [image], 2, 'zero-shot takes a checkpoint'],
  [() => [model, image], 2, 'and --labels'],
  [() => [model, image, '--labels', 'dog'], 2, 'two or more'],
  [() => [`${model}x`, image, ...labels], 1, 'There is no checkpoint'],
  [() => [model, image, ...labels, '--tokenizer', 'none.txt'], 1, 'There is no tokenizer none.txt'],
  [() => [model, image, ...labels, '--templates', join(scratch.folder, 'wrong.txt')], 1, 'wrong.txt, line 1'],
  [() => [model, join(scratch.folder, 'wrong.txt'), ...labels, ...vocabulary], 1, "can't be used"],
])('refuses %#', async (args, code, message) => {
  const result = await vitrine(...args());
  expect([result.code, result.stdout]).toEqual([code, '']);
  expect(result.stderr).toContain(message);
});
