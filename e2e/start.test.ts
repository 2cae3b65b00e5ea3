// What `npm start` opens, case by case.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findElectron } from '../bin/electron-binary.js';
import { chooseHost } from '../bin/start-choice.js';
import type { Surroundings } from '../bin/start-choice.js';

const desktop: Surroundings = {
  args: [],
  env: { DISPLAY: ':0' },
  platform: 'linux',
  root: false,
  electron: '/electron',
  terminal: true,
};

test.each<[string, Partial<Surroundings>, 'electron' | 'serve' | 'ask', RegExp]>([
  ['a display and the binary', {}, 'electron', /display \(:0\) and Electron's binary/],
  ['Wayland', { env: { WAYLAND_DISPLAY: 'wayland-0' } }, 'electron', /wayland-0/],
  ['macOS', { platform: 'darwin', env: {} }, 'electron', /desktop/],
  ['Windows', { platform: 'win32', env: {} }, 'electron', /desktop/],
  ['macOS by SSH', { platform: 'darwin', env: { SSH_CONNECTION: 'x' } }, 'serve', /SSH/],
  ['no display', { env: {} }, 'serve', /no display/],
  ['root', { root: true }, 'serve', /root/],
  ['no binary, a person', { electron: null }, 'ask', /binary/],
  ['no binary, nobody', { electron: null, terminal: false }, 'serve', /nobody/],
  ['--serve', { args: ['--serve'] }, 'serve', /--serve/],
  ['VITRINE_HOST', { env: { DISPLAY: ':0', VITRINE_HOST: 'serve' } }, 'serve', /VITRINE_HOST/],
  ["serve's options", { args: ['--port', '8000'] }, 'serve', /--port/],
  ['--serve without anything', { args: ['--serve'], env: {}, electron: null, terminal: false }, 'serve', /--serve/],
])('%s', (_name, changes, host, why) => {
  const choice = chooseHost({ ...desktop, ...changes });
  expect(choice.host).toBe(host);
  expect(choice.why).toMatch(why);
});

test("Electron's binary is taken only where it is whole and of the version that is asked for", () => {
  const root = mkdtempSync(join(tmpdir(), 'vitrine-start-'));
  const folder = join(root, 'node_modules/electron');
  try {
    expect(findElectron(root, {})).toBeNull();
    mkdirSync(join(folder, 'dist'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"version":"45.4.1"}');
    writeFileSync(join(folder, 'path.txt'), 'electron');
    writeFileSync(join(folder, 'dist/version'), 'v45.4.1');
    expect(findElectron(root, {})).toBeNull();
    writeFileSync(join(folder, 'dist/electron'), '');
    expect(findElectron(root, {})).toBe(join(folder, 'dist/electron'));
    writeFileSync(join(folder, 'dist/version'), '44.0.0');
    expect(findElectron(root, {})).toBeNull();
    expect(findElectron(root, { ELECTRON_OVERRIDE_DIST_PATH: join(folder, 'dist') })).toBe(
      join(folder, 'dist/electron'),
    );
    expect(findElectron(root, { ELECTRON_OVERRIDE_DIST_PATH: root })).toBeNull();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
