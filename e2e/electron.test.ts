// The built app in Electron itself, where its binary is. Everywhere else this is skipped, and says so.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { _electron } from 'playwright-core';
import type { ElectronApplication, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findElectron } from '../bin/electron-binary.js';

const root = join(import.meta.dirname, '..');
const binary = findElectron(root);
const display = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
const missing = binary === null ? "Electron's binary is not here" : display ? null : 'there is no display';
if (missing !== null)
  process.stderr.write(`\n==== NOT RUN: e2e/electron.test.ts, because ${missing} (npx install-electron) ====\n\n`);

describe.skipIf(missing !== null)(`in Electron (${missing ?? 'its binary is here'})`, { timeout: 120_000 }, () => {
  let home: string;
  let app: ElectronApplication;
  let page: Page;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'vitrine-desktop-'));
    const tool = join(root, 'node_modules/electron-vite/bin/electron-vite.js');
    await promisify(execFile)(process.execPath, [tool, 'build'], { cwd: root });
    app = await _electron.launch({
      executablePath: binary!,
      // Runners of continuous integration have no sandbox that Chromium could use on Linux.
      args: [...(process.platform === 'linux' && process.env['CI'] ? ['--no-sandbox'] : []), root],
      env: { ...(process.env as Record<string, string>), VITRINE_HOME: home },
    });
    page = await app.firstWindow();
  }, 180_000);
  afterAll(async () => {
    await app?.close();
    await rm(home, { recursive: true, force: true });
  });

  test('the window opens on its own scheme, with the catalog', async () => {
    expect(page.url()).toMatch(/^vitrine:\/\/app\//);
    await page.getByRole('row').nth(1).waitFor({ timeout: 60_000 });
  });

  test('the page has the one function of its preload, and nothing of Node', async () => {
    const seen = await page.evaluate(() => ({
      bridge: Object.keys((globalThis as { vitrine?: object }).vitrine ?? {}),
      node: typeof (globalThis as { process?: unknown }).process,
      require: typeof (globalThis as { require?: unknown }).require,
    }));
    expect(seen).toEqual({ bridge: ['pathForFile'], node: 'undefined', require: 'undefined' });
  });

  test('the sample is read by a utility process and added', async () => {
    const added = await page.evaluate(async () => {
      const init = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
      const response = await fetch('/api/samples/add', init);
      return { status: response.status, body: (await response.json()) as { checkpoint: number } };
    });
    expect(added).toMatchObject({ status: 200, body: { checkpoint: 1 } });
  });

  test("the engine's trial runs in a utility process", async () => {
    const answer = await page.evaluate(async () => {
      const init = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
      return (await (await fetch('/api/engine/selftest', init)).json()) as { ok: boolean };
    });
    expect(answer).toMatchObject({ ok: true });
  });

  test('nothing leaves the window: no other page, no permission', async () => {
    await page.evaluate(() => void (location.href = 'https://example.org/'));
    expect(page.url()).toMatch(/^vitrine:\/\/app\//);
    const state = await page.evaluate(() => navigator.permissions.query({ name: 'geolocation' }).then((p) => p.state));
    expect(state).toBe('denied');
  });

  test('quitting ends it, and gives the library back', async () => {
    const ended = new Promise<void>((resolve) => app.once('close', () => resolve()));
    await app.evaluate(({ app: main }) => main.quit());
    await ended;
  });
});
