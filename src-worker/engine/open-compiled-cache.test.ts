import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const FLAG = '--tf_xla_persistent_cache_directory=';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vitrine-cache-test-'));
  vi.resetModules(); // one cache a process
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function flagsAfter(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { compiledCache, openCompiledCache } = await import('./open-compiled-cache.ts');
  openCompiledCache(env);
  compiledCache()?.close();
  return env.TF_XLA_FLAGS;
}

test('TensorFlow is given a folder of this process, beside the flags that are there', async () => {
  const folder = `${FLAG}${tmpdir()}/vitrine-compiled-${process.pid}-`;
  expect(await flagsAfter({ VITRINE_COMPILED_DIR: root })).toContain(folder);
  vi.resetModules();
  const flags = await flagsAfter({ VITRINE_COMPILED_DIR: root, TF_XLA_FLAGS: '--tf_xla_auto_jit=2' });
  expect(flags!.startsWith(`--tf_xla_auto_jit=2 ${folder}`)).toBe(true);
});

test("the folder of a process that started this one isn't taken over", async () => {
  const inherited = `--a=1 ${FLAG}/tmp/vitrine-compiled-1-abc --b=2`;
  const flags = await flagsAfter({ VITRINE_COMPILED_DIR: root, TF_XLA_FLAGS: inherited });
  expect(flags).not.toContain('vitrine-compiled-1-');
  expect(flags).toMatch(/^--a=1 +--b=2 /);
  vi.resetModules();
  expect(await flagsAfter({ VITRINE_COMPILED_DIR: '', TF_XLA_FLAGS: inherited })).toBe('--a=1  --b=2');
});

test('nothing is kept without a folder, and where a person keeps it himself', async () => {
  expect(await flagsAfter({})).toBeUndefined();
  expect(await flagsAfter({ VITRINE_COMPILED_DIR: '' })).toBeUndefined();
  const own = `${FLAG}/own`;
  expect(await flagsAfter({ VITRINE_COMPILED_DIR: root, TF_XLA_FLAGS: own })).toBe(own);
});
