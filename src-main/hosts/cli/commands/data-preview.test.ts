import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeScratch, picture, type Scratch } from '../../../services/datasets/make-images.ts';

const bin = fileURLToPath(new URL('../../../../bin/vitrine.js', import.meta.url));
const run = promisify(execFile);
let scratch: Scratch;
let pets: string;
beforeAll(async () => {
  scratch = await makeScratch();
  pets = join(scratch.folder, 'pets');
  for (const name of ['train/cat/1', 'train/cat/2', 'train/dog/1', 'val/dog/1'])
    await scratch.write(`pets/${name}.jpg`, await picture(40, 30).jpeg().toBuffer());
});
afterAll(() => scratch.remove());

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the program as a person does. */
async function data(...args: string[]): Promise<Ended> {
  const options = { cwd: scratch.folder, env: { ...process.env, VITRINE_HOME: join(scratch.folder, 'home') } };
  try {
    return { code: 0, ...(await run(process.execPath, [bin, 'data', ...args], options)) };
  } catch (error) {
    return error as Ended;
  }
}
const preview = (...args: string[]): Promise<Ended> => data('preview', ...args);

test('writes the sheet and says of what', async () => {
  const flags = ['--config.pp.crop=32', '--config.vitrine.aug.rand_layers=1', '--config.vitrine.aug.rand_magnitude=5'];
  const ended = await preview(pets, ...flags, '--draws=3', '--output=sheet.png', '--json');
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const told = JSON.parse(ended.stdout) as {
    output: string;
    width: number;
    height: number;
    images: { label: string }[];
  };
  expect(told.images.map(({ label }) => label).sort()).toEqual(['cat', 'cat', 'dog']);
  const { width, height, format } = await sharp(join(scratch.folder, 'sheet.png')).metadata();
  expect({ width, height, format }).toEqual({ width: told.width, height: told.height, format: 'png' });
}, 120_000);

test.each([
  [['--count=65'], 2, /up to 64 images/],
  [['--draws=0'], 2, /--draws is "0"/],
  [['--output=sheet.jpg'], 2, /not named as one/],
  [['--output=nowhere/sheet.png'], 1, /There is no folder/],
  [['--checkpoint=gone.npz'], 1, /There is no checkpoint gone.npz/],
  [['--config.vitrine.aug.mixup=-1'], 2, /mixup/],
])('refuses %j', async (args, code, message) => {
  const ended = await preview(pets, ...args);
  expect(ended.stderr).toMatch(message);
  expect(ended.code).toBe(code);
});

test('other ways of "data" take no configuration', async () => {
  const ended = await data(pets, '--config.batch=2');
  expect(ended).toMatchObject({ code: 2 });
  expect(ended.stderr).toContain('only to preview');
});
