import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeScratch, type Scratch } from '../../../services/datasets/make-images.ts';

const bin = fileURLToPath(new URL('../../../../bin/vitrine.js', import.meta.url));
const run = promisify(execFile);
let scratch: Scratch;

async function vitrine(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, VITRINE_HOME: join(scratch.folder, 'home') };
  try {
    return { code: 0, ...(await run(process.execPath, [bin, 'data', 'check', ...args], { env })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

/** A picture of a few soft blobs, another for each seed: alike only to itself. */
function photo(seed: number, side = 96): Sharp {
  const small = Uint8Array.from({ length: 6 * 6 * 3 }, (_, i) => ((i + 1) * 7919 * (seed * 131 + 17)) >>> 7);
  return sharp(small, { raw: { width: 6, height: 6, channels: 3 } }).resize(side, side, { kernel: 'cubic' });
}

beforeAll(async () => {
  scratch = await makeScratch();
  const put = async (name: string, image: Sharp, quality = 92) =>
    scratch.write(`good/${name}`, await image.jpeg({ quality }).toBuffer());
  for (let i = 0; i < 12; i++) await put(`train/${i % 2 ? 'dog' : 'cat'}/${i}.jpg`, photo(i));
  for (let i = 12; i < 16; i++) await put(`test/${i % 2 ? 'dog' : 'cat'}/${i}.jpg`, photo(i));
  const planted = async (name: string, data: Buffer) => scratch.write(`planted/${name}`, data);
  for (let i = 0; i < 12; i++)
    await planted(`train/${i % 2 ? 'dog' : 'cat'}/${i}.jpg`, await photo(i).jpeg({ quality: 92 }).toBuffer());
  const jpeg = async (seed: number, quality = 92) => photo(seed).jpeg({ quality }).toBuffer();
  await planted('train/cat/twin of 2.jpg', await jpeg(2)); // the same bytes, the same split
  await planted('train/cat/5 as a cat.jpg', await jpeg(5)); // the same bytes, another class
  await planted(
    'train/cat/4 smaller.png',
    await photo(4)
      .jpeg()
      .toBuffer()
      .then((b: Buffer) => sharp(b).resize(61, 64, { fit: 'fill' }).png().toBuffer()),
  );
  await planted('test/dog/leak of 7.jpg', await jpeg(7)); // the same bytes, another split
  await planted(
    'test/cat/saved again.jpg',
    await photo(8).modulate({ brightness: 1.06 }).jpeg({ quality: 40 }).toBuffer(),
  );
  await planted('test/cat/honest.jpg', await jpeg(20));
  await planted('test/dog/icon.png', await photo(21, 16).png().toBuffer());
  await planted('test/dog/cut.jpg', (await jpeg(22)).subarray(0, 900));
  await planted('train/dog/page.jpg', Buffer.from('<html>'));
  const flat = (level: number) =>
    sharp({ create: { width: 40, height: 40, channels: 3, background: { r: level, g: level, b: level } } })
      .png()
      .toBuffer();
  await planted('train/cat/black.png', await flat(0)); // flat images are not alike
  await planted('train/dog/white.png', await flat(255));
});
afterAll(() => scratch.remove());

interface Report {
  corrupt: number;
  sound: boolean;
  bad: { name: string; code: string }[];
  tiny: { name: string }[];
  groups: { kind: string; leak: boolean; conflict: boolean; images: { name: string }[] }[];
  imbalance: { ratio: number };
}

test('finds what was planted, all of it and nothing else', async () => {
  const { code, stdout, stderr } = await vitrine(join(scratch.folder, 'planted'), '--json');
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as Report;
  expect(code).toBe(1);
  expect(report.sound).toBe(false);
  expect(report.bad.map(({ name }) => name).sort()).toEqual(['test/dog/cut.jpg', 'train/dog/page.jpg']);
  expect(report.tiny.map(({ name }) => name)).toEqual(['test/dog/icon.png']);
  const groups = report.groups.map(({ kind, leak, conflict, images }) => [
    `${kind}${leak ? ' leak' : ''}${conflict ? ' conflict' : ''}`,
    ...images.map(({ name }) => name).sort(),
  ]);
  expect(groups.sort()).toEqual(
    [
      ['exact', 'train/cat/2.jpg', 'train/cat/twin of 2.jpg'],
      ['exact conflict', 'train/cat/5 as a cat.jpg', 'train/dog/5.jpg'],
      ['exact leak', 'test/dog/leak of 7.jpg', 'train/dog/7.jpg'],
      ['near', 'train/cat/4 smaller.png', 'train/cat/4.jpg'],
      ['near leak', 'test/cat/saved again.jpg', 'train/cat/8.jpg'],
    ].sort(),
  );
});

test('says it to a person, with counts and names', async () => {
  const { code, stdout } = await vitrine(join(scratch.folder, 'planted'));
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Corrupt: 2$/m);
  expect(stdout).toContain('test/dog/cut.jpg: the file is cut off');
  expect(stdout).toContain(
    'The same file in several splits: 1\n  train/dog/7.jpg (train) = test/dog/leak of 7.jpg (test)\n',
  );
  expect(stdout).toContain('– of several classes');
});

test('ends with 0 where nothing is wrong; a bad distance is a usage error', async () => {
  const { code, stdout } = await vitrine(join(scratch.folder, 'good'), '--json');
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { sound: true, groups: [], bad: [], imbalance: { ratio: 1 } }]);
  expect((await vitrine(join(scratch.folder, 'good'), '--distance', '40')).code).toBe(2);
});
