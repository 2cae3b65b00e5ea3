import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { EngineStatus } from '../../../src-shared/contract/engine.ts';
import { rememberedStatus } from './remembered-status.ts';

test('a good status is worked out once, a bad one anew, another choice anew', async () => {
  const asked = vi.fn((ok: boolean) =>
    Promise.resolve({ ok, folder: String(asked.mock.calls.length) } as EngineStatus),
  );
  let ok = false;
  const status = rememberedStatus(() => asked(ok));
  await status();
  await status();
  expect(asked).toHaveBeenCalledTimes(2);
  ok = true;
  const answers = await Promise.all([status(), status(), status()]);
  expect(asked).toHaveBeenCalledTimes(3);
  expect(new Set(answers).size).toBe(1);
  const home = await mkdtemp(join(tmpdir(), 'vitrine-status-'));
  vi.stubEnv('VITRINE_ENGINE', 'wasm');
  vi.stubEnv('VITRINE_HOME', home);
  try {
    await status();
    await status();
    expect(asked).toHaveBeenCalledTimes(4);
  } finally {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  }
});
