import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgetToken, freshToken, keptToken } from './kept-token.ts';

let home: string;
const file = (): string => join(home, 'serve-token');
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'vitrine-token-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('it is the same after a restart, for its owner only, until it is forgotten', () => {
  const token = keptToken(home);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(keptToken(home)).toBe(token);
  expect(readdirSync(home)).toEqual(['serve-token']);
  forgetToken(home);
  expect(keptToken(home)).not.toBe(token);
});

test.skipIf(process.platform === 'win32')('one that others may read is not believed', () => {
  const token = keptToken(home);
  chmodSync(file(), 0o644);
  expect(keptToken(home)).not.toBe(token);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test.skipIf(process.platform === 'win32')('a link is not followed, and what it leads to stays', () => {
  const elsewhere = join(home, 'elsewhere');
  writeFileSync(elsewhere, freshToken(), { mode: 0o600 });
  symlinkSync(elsewhere, file());
  const before = readFileSync(elsewhere, 'utf8');
  expect(keptToken(home)).not.toBe(before);
  expect(readFileSync(elsewhere, 'utf8')).toBe(before);
});

test.each(['', 'short', 'a'.repeat(44), `${'a'.repeat(42)};`])('what is no token (%j) is replaced', (text) => {
  writeFileSync(file(), text, { mode: 0o600 });
  expect(keptToken(home)).toMatch(/^[\w-]{43}$/);
  expect(keptToken(home)).not.toBe(text);
});

test('where nothing can be written it serves all the same', () => {
  rmSync(home, { recursive: true });
  expect(keptToken(home)).toMatch(/^[\w-]{43}$/);
});
