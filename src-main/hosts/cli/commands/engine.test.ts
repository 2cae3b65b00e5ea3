import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const INSTALLED = process.env.VITRINE_ENGINE_DIR;
const home = mkdtempSync(join(tmpdir(), 'vitrine-engine-cli-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function vitrine(args: string[], env: Record<string, string | undefined> = {}) {
  const { VITRINE_ENGINE_DIR: _, VITRINE_ENGINE: __, ...clean } = process.env;
  const program = fileURLToPath(new URL('../../../../bin/vitrine.js', import.meta.url));
  return spawnSync(process.execPath, [program, ...args], {
    env: { ...clean, VITRINE_HOME: home, ...env },
    encoding: 'utf8',
  });
}

describe('engine status', () => {
  test('nothing installed: WASM, and what to do', () => {
    const { status, stdout } = vitrine(['engine', 'status']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Engine {4}WASM \d/m);
    expect(stdout).toMatch(/^Why {7}no TensorFlow is installed$/m);
    expect(stdout).toMatch(/What to do: vitrine engine install/);
  });

  test.skipIf(!INSTALLED)('TensorFlow, as one JSON document', () => {
    const { status, stdout } = vitrine(['engine', 'status', '--json'], {
      VITRINE_ENGINE_DIR: INSTALLED,
      VITRINE_THREADS: '2',
    });
    expect(status).toBe(0);
    const report = JSON.parse(stdout) as unknown;
    expect(report).toMatchObject({
      ok: true,
      error: null,
      engine: { kind: 'tensorflow', threads: { intra: 2, inter: 2 } },
    });
    expect(report).toMatchObject({
      engine: { devices: expect.arrayContaining([expect.objectContaining({ type: 'CPU' })]) as unknown },
    });
  });

  test('an engine that is there and does not load: exit code 1, the reason, and WASM named', () => {
    const dir = join(home, 'engines', 'tensorflow-2.21.0-cpu');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'tfjs_binding.node'), 'rubbish');
    const manifest = {
      format: 1,
      id: 'tensorflow-2.21.0-cpu',
      device: 'cpu',
      version: '2.21.0',
      installedAt: '',
      wheels: [],
    };
    const files = [{ path: 'tfjs_binding.node', bytes: 7 }];
    const platform = `${process.platform}-${process.arch}`;
    writeFileSync(join(dir, 'engine.json'), JSON.stringify({ ...manifest, platform, files }));
    const { status, stdout } = vitrine(['engine', 'status', '--json']);
    expect(status).toBe(1);
    const report = JSON.parse(stdout) as { notTaken: { engine: string; why: string; todo: string }[] };
    expect(report).toMatchObject({ ok: false, engine: { kind: 'wasm' } });
    expect(report.notTaken[0]).toMatchObject({
      engine: manifest.id,
      todo: expect.stringContaining('vitrine engine remove') as string,
    });
    expect(report.notTaken[0]!.why).toMatch(/doesn't load: .*tfjs_binding.node/);
    expect(vitrine(['engine', 'remove', manifest.id]).status).toBe(0);
    expect(vitrine(['engine', 'remove', manifest.id]).status).toBe(1);
  });
});

test('engine compiled: what is kept, and cleared', () => {
  const folder = mkdtempSync(join(home, 'compiled-'));
  writeFileSync(join(folder, 'program.pb'), '1'.repeat(250_000));
  const env = { VITRINE_COMPILED_DIR: folder };
  expect(vitrine(['engine', 'compiled'], env).stdout).toBe(`1 compiled program, 0.3 MB, in ${folder}.\n`);
  const cleared = vitrine(['engine', 'compiled', '--clear', '--json'], env).stdout;
  expect(JSON.parse(cleared)).toEqual({ folder, programs: 1, bytes: 250_000, cleared: true });
  expect(vitrine(['engine', 'compiled'], env).stdout).toBe(`0 compiled programs, 0.0 MB, in ${folder}.\n`);
  expect(vitrine(['engine', 'compiled'], { VITRINE_COMPILED_DIR: '' }).stdout).toMatch(
    /^Compiled programs are not kept/,
  );
});

describe('engine install', () => {
  const isCpuInstalled = INSTALLED?.endsWith('tensorflow-2.21.0-cpu');
  test.skipIf(!isCpuInstalled)('--if-missing leaves a whole engine alone', () => {
    const folder = join(INSTALLED!, '..', '..');
    const args = ['engine', 'install', '--cpu', '--if-missing', '--json'];
    const { status, stdout } = vitrine(args, { VITRINE_HOME: folder, PATH: '/nonexistent' });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ installed: false });
  });

  test('without a compiler: exit code 1 and one sentence', () => {
    const { status, stderr } = vitrine(['engine', 'install', '--cpu'], { PATH: '/nonexistent', CXX: undefined });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^vitrine: No C\+\+ compiler is on this machine/m);
  });
});

test.each([
  [['engine'], /needs an action/],
  [['engine', 'instal'], /Did you mean "engine install"/],
  [['engine', 'install', '--cpu', '--gpu'], /exclude each other/],
  [['engine', 'status', '--cpu'], /has no --cpu/],
  [['engine', 'install', '--clear'], /has no --clear/],
  [['engine', 'compiled', '--gpu'], /has no --gpu/],
  [['engine', 'status', 'x'], /takes no "x"/],
  [['engine', 'remove'], /takes one ID/],
])('%j is a usage error', (args, message) => {
  const { status, stderr, stdout } = vitrine(args);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stdout).toBe('');
});
