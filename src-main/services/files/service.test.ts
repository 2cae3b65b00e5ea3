import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { imagesBelow, listFolder } from './service.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-files-'));
  for (const name of ['photos 10', 'photos 2', '.hidden']) await mkdir(join(folder, name));
  for (const name of ['b.npz', 'a.SAFETENSORS', 'notes.txt']) await writeFile(join(folder, name), name);
  await symlink(join(folder, 'photos 2'), join(folder, 'linked'));
  await symlink(join(folder, 'gone'), join(folder, 'broken'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const names = async (kind: Parameters<typeof listFolder>[0]['kind']): Promise<string[]> =>
  (await listFolder({ path: folder, kind, home: folder })).entries.map(({ name }) => name);

test('folders come first, in the order people count; files only of the kind that is looked for', async () => {
  expect(await names('checkpoint')).toEqual(['linked', 'photos 2', 'photos 10', 'a.SAFETENSORS', 'b.npz']);
  expect(await names('folder')).toEqual(['linked', 'photos 2', 'photos 10']);
  expect(await names('any')).toContain('notes.txt');
});

test('a listing says where it is and how to get out', async () => {
  const { path, parent, steps, entries } = await listFolder({ path: folder, kind: 'any', home: folder });
  expect(parent).toBe(tmpdir());
  expect(steps[0]).toEqual({ name: '/', path: '/' });
  expect(steps.at(-1)).toEqual({ name: path.split('/').at(-1), path });
  expect(entries.find(({ name }) => name === 'b.npz')).toMatchObject({
    kind: 'file',
    bytes: 5,
    path: join(path, 'b.npz'),
  });
});

test('a folder that is not there, and a file, are said to be', async () => {
  await expect(listFolder({ path: join(folder, 'gone'), kind: 'any', home: folder })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(listFolder({ path: join(folder, 'b.npz'), kind: 'any', home: folder })).rejects.toThrow('no folder');
});

test('images below a folder are found, as people count them, and no more than a number', async () => {
  const photos = join(folder, 'photos 2');
  for (const name of ['10.jpg', '2.JPG', 'notes.txt', '.x.png']) await writeFile(join(photos, name), '');
  const { images, cut } = await imagesBelow(folder);
  expect(images).toEqual(['2.JPG', '10.jpg'].map((name) => ({ name: `photos 2/${name}`, path: join(photos, name) })));
  expect(cut).toBe(false);
  expect(await imagesBelow(folder, 1)).toMatchObject({ images: [{ name: 'photos 2/2.JPG' }], cut: true });
  await expect(imagesBelow(join(folder, 'gone'))).rejects.toMatchObject({ code: 'not_found' });
});
