import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Dataset } from '../../../../src-shared/contract/datasets.ts';
import { makeScratch, picture, type Scratch } from '../../../services/datasets/make-images.ts';

const bin = fileURLToPath(new URL('../../../../bin/vitrine.js', import.meta.url));
const run = promisify(execFile);
let scratch: Scratch;

async function vitrine(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, VITRINE_HOME: join(scratch.folder, 'home') };
  try {
    return { code: 0, ...(await run(process.execPath, [bin, 'data', ...args], { env })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

beforeAll(async () => {
  scratch = await makeScratch();
  for (let i = 0; i < 6; i++)
    await scratch.write(`pets/${i % 2 ? 'cat' : 'dog'}/${i}.jpg`, await picture(12, 16, i).jpeg().toBuffer());
  const rows = [0, 2, 1, 3].map((i) => `pets/${i % 2 ? 'cat' : 'dog'}/${i}.jpg,${i % 2 ? 'x' : 'y'},train`);
  await scratch.write('mine.csv', `path,label,split\n${rows.join('\n')}\n`);
  for (const folder of ['train', 'val'])
    for (const synset of ['n01440764', 'n01443537'])
      await scratch.write(`imagenet/${folder}/${synset}/1.jpg`, await picture().jpeg().toBuffer());
});
afterAll(() => scratch.remove());

test('a folder and a labels file come into the list', async () => {
  const folder = await vitrine('add', join(scratch.folder, 'pets'));
  expect(folder.stderr).toBe('');
  expect(folder.stdout).toContain(`pets: 6 images, 2 classes, in ${join(scratch.folder, 'pets')}`);
  const table = await vitrine('add', join(scratch.folder, 'mine.csv'), '--json');
  expect(JSON.parse(table.stdout)).toMatchObject({ state: 'ready', layout: 'table', images: 4, classes: 2 });
  const { datasets } = JSON.parse((await vitrine('list', '--json')).stdout) as { datasets: Dataset[] };
  expect(datasets.map(({ name }) => name).sort()).toEqual(['mine.csv', 'pets']);
  expect((await vitrine('list')).stdout).toMatch(/^pets +ready +6 images +2 classes/m);
});

test.each([
  [['add', 'cifar10'], 2, 'CIFAR-10 is 170.1 MB from www.cs.toronto.edu: say --yes to fetch it.'],
  [['add', 'imagenet2012'], 2, "ImageNet, ILSVRC 2012 can't be fetched without an agreement."],
  [['add', '/nowhere/pets'], 1, 'There is no folder /nowhere/pets.'],
  [['add', 'pets', '--from', '/x'], 2, '--from belongs to a data set\'s name, and "pets" is none.'],
  [['add', 'cifar100', '--from', '/nowhere'], 1, 'There is no cifar-100-binary.tar.gz in /nowhere.'],
  [['check', 'tf_flowers'], 1, 'The data set tf_flowers is not in the library.'],
])('%j ends with %i and a sentence', async (args, code, message) => {
  const result = await vitrine(...args);
  expect(result.stderr).toContain(message);
  expect(result.code).toBe(code);
});

test('a prepared ImageNet that has other classes is refused by count', async () => {
  const { code, stderr } = await vitrine('add', 'imagenet2012', '--from', join(scratch.folder, 'imagenet'));
  expect([code, stderr]).toEqual([1, expect.stringContaining('has 2 classes, and imagenet2012 1000')]);
});
