import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeZip } from './test-zip.ts';
import { unpackWheel } from './wheel.ts';

let root: string;
let wheel: string;
let target: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vitrine-wheel-'));
  wheel = join(root, 'x.whl');
  target = join(root, 'a', 'b', 'target');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const everything = { select: (name: string) => name };

/** Every file below the root but the wheel. */
function written(): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'x.whl')
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

test('unpacks what is selected, stored or deflated, with progress', async () => {
  writeZip(wheel, [
    { name: 'tensorflow/lib.so', data: 'library '.repeat(50_000), deflate: true },
    { name: 'tensorflow/python/x.py', data: 'print()' },
    { name: 'tensorflow/include/c.h', data: 'int x;' },
  ]);
  let last: [number, number] = [0, 0];
  const paths = await unpackWheel(wheel, target, {
    select: (name) => (name.endsWith('.py') ? undefined : name.replace('tensorflow/', '')),
    onBytes: (...amounts) => (last = amounts),
  });
  expect(paths).toEqual(['lib.so', 'include/c.h']);
  expect(written().sort()).toEqual(['a/b/target/include/c.h', 'a/b/target/lib.so']);
  expect(readFileSync(join(target, 'lib.so'), 'utf8')).toBe('library '.repeat(50_000));
  expect(last).toEqual([400_006, 400_006]);
});

describe('a hostile wheel is refused and writes nothing', () => {
  test.each(['../evil.so', '../../../evil.so', 'ok/../../evil.so', '/tmp/evil.so', 'a\\..\\..\\evil.so', 'C:/evil.so'])(
    'an entry named %s',
    async (name) => {
      writeZip(wheel, [
        { name: 'good.so', data: 'x' },
        { name, data: 'evil' },
      ]);
      await expect(unpackWheel(wheel, target, everything)).rejects.toMatchObject({ code: 'bad_file' });
      expect(written()).toEqual([]);
    },
  );

  test('a name that selection itself would send outside', async () => {
    writeZip(wheel, [{ name: 'lib..so', data: 'x' }]);
    const options = { select: () => '../lib.so' };
    await expect(unpackWheel(wheel, target, options)).rejects.toMatchObject({ code: 'bad_file' });
    expect(written()).toEqual([]);
  });

  test('a symbolic link', async () => {
    writeZip(wheel, [{ name: 'lib.so', data: '/etc/passwd', mode: 0o120777 }]);
    await expect(unpackWheel(wheel, target, everything)).rejects.toThrow(/is a link/);
    expect(written()).toEqual([]);
  });

  test('an entry that claims to be enormous', async () => {
    writeZip(
      wheel,
      [1, 2, 3, 4].map((i) => ({ name: `lib${i}.so`, data: 'x', claimedSize: 4e9 })),
    );
    await expect(unpackWheel(wheel, target, everything)).rejects.toThrow(/unpacks to 16000000000 bytes/);
    expect(written()).toEqual([]);
  });
});

describe('a damaged wheel is an error with the name of the file', () => {
  test('a flipped byte', async () => {
    writeZip(wheel, [{ name: 'lib.so', data: 'abcdefgh' }]);
    const bytes = readFileSync(wheel);
    bytes[bytes.indexOf('abcdefgh')] = 0x7a;
    writeFileSync(wheel, bytes);
    await expect(unpackWheel(wheel, target, everything)).rejects.toThrow(
      /x\.whl can't be unpacked: lib\.so: its checksum/,
    );
  });

  test('cut short', async () => {
    writeZip(wheel, [{ name: 'lib.so', data: 'abcdefgh' }]);
    writeFileSync(wheel, readFileSync(wheel).subarray(0, 50));
    await expect(unpackWheel(wheel, target, everything)).rejects.toMatchObject({ code: 'bad_file' });
  });

  test('not a zip file at all', async () => {
    writeFileSync(wheel, 'hello');
    await expect(unpackWheel(wheel, target, everything)).rejects.toMatchObject({ code: 'bad_file' });
  });
});

test('an abort stops it', async () => {
  writeZip(wheel, [{ name: 'lib.so', data: 'x' }]);
  const options = { ...everything, signal: AbortSignal.abort() };
  await expect(unpackWheel(wheel, target, options)).rejects.toMatchObject({ code: 'interrupted' });
});
