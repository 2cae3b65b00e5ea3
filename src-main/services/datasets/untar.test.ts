import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeScratch, type Scratch } from './make-images.ts';
import { tarMember, tarOf } from './make-tar.ts';
import { untar } from './untar.ts';

let scratch: Scratch;
const at = (name: string) => join(scratch.folder, name);
const LONG = `${'long/'.repeat(50)}name.txt`;
beforeAll(async () => {
  scratch = await makeScratch();
  await scratch.write('in/a/one.txt', 'one');
  await scratch.write('in/two.bin', Buffer.alloc(200_000, 7));
  await scratch.write(`in/${LONG}`, 'far');
});
afterAll(() => scratch.remove());

const LIMIT = { maxTotalBytes: 1e6 };

test.each(['--format=gnu', '--format=pax', '--format=gnu -z', '--format=pax -z'])(
  'unpacks what tar has packed: %s (needs tar)',
  async (how) => {
    const name = how.replaceAll(/\W/g, '');
    execFileSync('tar', [...how.split(' '), '-cf', at(`${name}.tar.gz`), '-C', at('in'), 'a', 'two.bin', 'long']);
    await mkdir(at(name));
    await untar(at(`${name}.tar.gz`), at(name), LIMIT);
    expect(await readFile(at(`${name}/a/one.txt`), 'utf8')).toBe('one');
    expect(await readFile(at(`${name}/two.bin`))).toEqual(Buffer.alloc(200_000, 7));
    expect(await readFile(at(`${name}/${LONG}`), 'utf8')).toBe('far');
  },
);

test.each<[string, Buffer, string]>([
  ['absolute', tarMember('/tmp/x', 'x'), '"/tmp/x" leads out of the folder'],
  ['up', tarMember('a/../../x', 'x'), '"a/../../x" leads out of the folder'],
  ['backslash', tarMember('..\\x', 'x'), 'leads out of the folder'],
  ['symlink', tarMember('x', '', '2'), '"x" is a link'],
  ['hard link', tarMember('x', '', '1'), '"x" is a link'],
  ['device', tarMember('x', '', '3'), '"x" is no file'],
  ['pax path', Buffer.concat([tarMember('p', '16 path=../../x\n', 'x'), tarMember('x', 'x')]), '"../../x" leads out'],
  ['twice', Buffer.concat([tarMember('x', 'a'), tarMember('x', 'b')]), '"x" comes twice'],
  ['cut', tarMember('x', 'a').subarray(0, 700), 'it is cut off'],
  ['page', Buffer.from('<html>'.repeat(300)), 'it is no tape archive'],
])('refuses: %s', async (name, members, message) => {
  await writeFile(at(`${name}.tgz`), gzipSync(members));
  await mkdir(at(`bad ${name}`));
  await expect(untar(at(`${name}.tgz`), at(`bad ${name}`), LIMIT)).rejects.toMatchObject({
    code: 'bad_file',
    message: expect.stringContaining(message) as string,
  });
});

test('refuses a bomb by what it promises, and a gzip that is cut off', async () => {
  const bomb = gzipSync(tarOf({ zeros: Buffer.alloc(2_000_000) }));
  await writeFile(at('bomb.tgz'), bomb);
  await mkdir(at('o'));
  await expect(untar(at('bomb.tgz'), at('o'), LIMIT)).rejects.toThrow('more than 1,000,000 bytes');
  await writeFile(at('half.tgz'), bomb.subarray(0, 900));
  await expect(untar(at('half.tgz'), at('o'), { maxTotalBytes: 1e7 })).rejects.toMatchObject({ code: 'bad_file' });
});
