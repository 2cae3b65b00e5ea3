import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeScratch, picture, type Scratch } from '../../../services/datasets/make-images.ts';

const bin = fileURLToPath(new URL('../../../../bin/vitrine.js', import.meta.url));
const run = promisify(execFile);
let scratch: Scratch;

beforeAll(async () => {
  scratch = await makeScratch();
  for (const name of ['train/cat/1', 'train/cat/2', 'train/dog/1', 'val/dog/1']) {
    await scratch.write(`pets/${name}.jpg`, await picture().jpeg().toBuffer());
  }
  await scratch.write('pets/train/dog/turned.jpg', await picture().withMetadata({ orientation: 8 }).jpeg().toBuffer());
  await scratch.write('pets/read.me', 'hello');
});
afterAll(() => scratch.remove());

/** Runs the program as a person does. */
async function vitrine(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, VITRINE_HOME: join(scratch.folder, 'home') };
  try {
    return { code: 0, ...(await run(process.execPath, [bin, 'data', ...args], { env })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

test('shows layout, classes, splits and notes', async () => {
  const { code, stdout } = await vitrine(join(scratch.folder, 'pets'));
  expect(code).toBe(0);
  expect(stdout).toContain('a folder a split, in it a folder a class');
  expect(stdout).toMatch(/^ {2}images {3}5 \(train 4, val 1\)$/m);
  expect(stdout).toMatch(/^ {2}cat {8}2 {4}0$/m);
  expect(stdout).toContain('1 other file ignored: "read.me".');
  expect(stdout).toContain('1 image with an EXIF orientation');
  expect(stdout).toContain('"val" has no images of "cat".');
});

test('--json is one document; --split keeps one split', async () => {
  const { stdout } = await vitrine(join(scratch.folder, 'pets'), '--json', '--split', 'test');
  const shown = JSON.parse(stdout) as Record<string, unknown>;
  expect(shown).toMatchObject({
    layout: 'split/class',
    images: 1,
    splits: { test: { images: 1, unlabelled: 0 } },
    bad: [],
    trainable: true,
    checked: 'headers',
  });
  expect(shown['notes']).toContain('There is no split "test": "val" is used.');
});

test('--check ends with 1 and names every bad image, on a terminal without its control characters', async () => {
  await scratch.write('sick/a/1.jpg', await picture().jpeg().toBuffer());
  await scratch.write('sick/b/cut.jpg', (await picture(64, 64).jpeg().toBuffer()).subarray(0, 2000));
  await scratch.write('sick/b/\u001b[31mred.jpg', '');
  const sick = join(scratch.folder, 'sick');
  const { code, stdout } = await vitrine(sick, '--check');
  expect(code).toBe(1);
  expect(stdout).toContain('Bad: b/cut.jpg: the file is cut off');
  expect(stdout).toContain('Bad: b/\ufffd[31mred.jpg: the file is empty (0 bytes)');
  expect(stdout).toContain('2 bad images of 3.');
  const json = JSON.parse((await vitrine(sick, '--check', '--json')).stdout) as { bad: { code: string }[] };
  expect(json.bad.map((b) => b.code).sort()).toEqual(['empty', 'truncated']);
});

test.each([
  [[], 2, 'data takes one folder, not 0.'],
  [['/nowhere/at/all'], 1, 'There is no folder /nowhere/at/all.'],
  [['.', '--seed', 'x'], 2, '--seed is a whole number'],
  [['.', '--split', 'train[98]'], 2, '"train[98]" is not a split'],
])('%j ends with %i and one sentence', async (args, code, message) => {
  const result = await vitrine(...args.map((arg) => (arg === '.' ? join(scratch.folder, 'pets') : arg)));
  expect(result.stdout).toBe('');
  expect(result.stderr).toContain(message);
  expect(result.stderr.split('\n').length).toBeLessThanOrEqual(3);
  expect(result.code).toBe(code);
});
