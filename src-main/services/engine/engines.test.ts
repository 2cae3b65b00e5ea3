import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clearCompiled, compiledPrograms } from './compiled.ts';
import { listEngines, resolveEngine } from './engines.ts';
import { workerEnvironment } from './environment.ts';
import { checkEngine, isInside, PLATFORM } from './manifest.ts';
import { removeEngine } from './install.ts';

let home: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vitrine-engines-'));
  env = { VITRINE_HOME: home };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A folder that looks installed. Its files are small: what is in them is for the self-test to find out. */
function fakeEngine(device: 'cpu' | 'gpu', change: Record<string, unknown> = {}): string {
  const id = `tensorflow-2.21.0-${device}`;
  const dir = join(home, 'engines', id);
  mkdirSync(dir, { recursive: true });
  const files = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'tfjs_binding.node'].map((path) => {
    writeFileSync(join(dir, path), `${path}, one thousand`);
    return { path, bytes: `${path}, one thousand`.length };
  });
  const manifest = {
    format: 1,
    id,
    device,
    version: '2.21.0',
    platform: PLATFORM,
    installedAt: '2026-01-01',
    wheels: [],
    files,
  };
  writeFileSync(join(dir, 'engine.json'), JSON.stringify({ ...manifest, ...change }));
  return dir;
}

describe('what counts as installed', () => {
  test('a whole one', async () => {
    const dir = fakeEngine('cpu');
    const { whole, broken } = await listEngines(join(home, 'engines'));
    expect(whole.map((engine) => engine.dir)).toEqual([dir]);
    expect(broken).toEqual([]);
    expect(await resolveEngine(env)).toMatchObject({ kind: 'tensorflow', dir, id: 'tensorflow-2.21.0-cpu' });
  });

  const breakages: Record<string, [(dir: string) => void, RegExp]> = {
    'without engine.json': [(dir) => rmSync(join(dir, 'engine.json')), /engine.json is missing/],
    'with half an engine.json': [(dir) => truncateSync(join(dir, 'engine.json'), 40), /engine.json is damaged/],
    'with a truncated library': [
      (dir) => truncateSync(join(dir, 'libtensorflow_cc.so.2'), 9),
      /has 9 bytes, \d+ were installed/,
    ],
    'without a library': [(dir) => rmSync(join(dir, 'libtensorflow_framework.so.2')), /framework.so.2 is missing/],
    'without the binding': [(dir) => rmSync(join(dir, 'tfjs_binding.node')), /tfjs_binding.node is missing/],
    'of another platform': [() => fakeEngine('cpu', { platform: 'plan9-mips' }), /it is for plan9-mips/],
    'that lists no files': [() => fakeEngine('cpu', { files: [] }), /tfjs_binding.node is not listed/],
    'of a newer format': [() => fakeEngine('cpu', { format: 2 }), /another version/],
  };
  test.each(Object.entries(breakages))('not one %s', async (_, [damage, problem]) => {
    const dir = fakeEngine('cpu');
    damage(dir);
    const checked = await checkEngine(dir);
    expect('problem' in checked && checked.problem).toMatch(problem);
    const choice = await resolveEngine(env);
    expect(choice).toMatchObject({ kind: 'wasm', dir: null });
    const reason = choice.reasons.find((item) => item.engine === 'tensorflow-2.21.0-cpu');
    expect(reason?.why).toMatch(problem);
    expect(reason?.todo).toContain('vitrine engine install');
    await expect(resolveEngine({ ...env, VITRINE_ENGINE: 'tensorflow' })).rejects.toMatchObject({ code: 'engine' });
  });

  test('not one whose engine.json points outside its folder', async () => {
    const dir = fakeEngine('cpu');
    writeFileSync(join(home, 'engines', 'x'), 'x');
    fakeEngine('cpu', {
      files: [
        { path: 'tfjs_binding.node', bytes: 31 },
        { path: '../x', bytes: 1 },
      ],
    });
    const checked = await checkEngine(dir);
    expect('problem' in checked && checked.problem).toMatch(/outside the folder/);
  });

  test('not an installation under way', async () => {
    const dir = fakeEngine('cpu');
    const { renameSync } = await import('node:fs');
    renameSync(dir, join(home, 'engines', '.installing-123'));
    expect(await listEngines(join(home, 'engines'))).toEqual({ whole: [], broken: [] });
  });
});

describe('the choice', () => {
  test('nothing installed: WASM, and what to do', async () => {
    const choice = await resolveEngine(env);
    expect(choice).toMatchObject({ kind: 'wasm', dir: null, id: 'wasm', why: 'no TensorFlow is installed' });
    expect(choice.reasons).toContainEqual({
      engine: 'tensorflow on the CPU',
      why: 'it is not installed',
      todo: 'vitrine engine install',
    });
  });

  test('VITRINE_ENGINE=wasm overrules an installed TensorFlow', async () => {
    fakeEngine('cpu');
    const choice = await resolveEngine({ ...env, VITRINE_ENGINE: 'wasm' });
    expect(choice).toMatchObject({ kind: 'wasm', dir: null });
    expect(choice.reasons).toContainEqual({
      engine: 'tensorflow-2.21.0-cpu',
      why: 'VITRINE_ENGINE=wasm',
      todo: 'unset VITRINE_ENGINE',
    });
    expect(workerEnvironment(choice, { env: { VITRINE_ENGINE_DIR: '/old' } })).not.toHaveProperty('VITRINE_ENGINE_DIR');
  });

  test('an unknown VITRINE_ENGINE is refused', async () => {
    await expect(resolveEngine({ ...env, VITRINE_ENGINE: 'torch' })).rejects.toMatchObject({ code: 'usage' });
  });

  test('every engine that is not taken has a reason and something to do', async () => {
    fakeEngine('cpu');
    fakeEngine('gpu');
    const choice = await resolveEngine(env);
    const named = [choice.id, ...choice.reasons.map((reason) => reason.engine)].sort();
    expect(named).toEqual(['tensorflow-2.21.0-cpu', 'tensorflow-2.21.0-gpu', 'wasm']);
    expect(choice.device).toBe(choice.gpu.present ? 'gpu' : 'cpu');
    for (const { why, todo } of choice.reasons) expect(why.length * todo.length).toBeGreaterThan(0);
  });

  test('the GPU build is used on the CPU where it is the only one', async () => {
    const dir = fakeEngine('gpu');
    expect(await resolveEngine(env)).toMatchObject({ kind: 'tensorflow', dir });
  });
});

test('a process on a GPU engine finds CUDA beside the library', () => {
  const dir = fakeEngine('gpu');
  for (const name of ['cublas', 'cudnn']) mkdirSync(join(dir, 'nvidia', name, 'lib'), { recursive: true });
  mkdirSync(join(dir, 'nvidia', 'cuda_nvcc', 'bin'), { recursive: true });
  const base = { LD_LIBRARY_PATH: '/opt/lib', XLA_FLAGS: '--xla_dump_to=/tmp/x' };
  expect(workerEnvironment({ kind: 'tensorflow', dir }, { env: base, threads: 4 })).toEqual({
    VITRINE_ENGINE_DIR: dir,
    VITRINE_THREADS: '4',
    TF_CPP_MIN_LOG_LEVEL: '2',
    LD_LIBRARY_PATH: `${dir}/nvidia/cublas/lib:${dir}/nvidia/cudnn/lib:/opt/lib`,
    XLA_FLAGS: `--xla_dump_to=/tmp/x --xla_gpu_cuda_data_dir=${dir}/nvidia/cuda_nvcc`,
  });
});

test('what is compiled for a CPU is kept with the library, or where a person says', () => {
  const dir = fakeEngine('cpu');
  const compiled = (base: NodeJS.ProcessEnv): string | undefined =>
    workerEnvironment({ kind: 'tensorflow', dir }, { env: base })['VITRINE_COMPILED_DIR'];
  expect(compiled({ VITRINE_HOME: home })).toBe(join(home, 'cache', 'compiled'));
  expect(compiled({ VITRINE_HOME: home, VITRINE_COMPILED_DIR: '/elsewhere' })).toBe('/elsewhere');
  expect(compiled({ VITRINE_HOME: home, VITRINE_COMPILED_DIR: '' })).toBe('');
});

test('compiled programs are counted and cleared', async () => {
  const folder = join(home, 'cache', 'compiled');
  expect(await compiledPrograms(env)).toEqual({ folder, programs: 0, bytes: 0 });
  mkdirSync(join(folder, 'identity', 'graph'), { recursive: true });
  writeFileSync(join(folder, 'identity', 'identity.json'), '{}');
  writeFileSync(join(folder, 'identity', 'graph', 'a.pb'), '12345');
  writeFileSync(join(folder, 'identity', 'graph', 'b.pb'), '123');
  expect(await clearCompiled(env)).toEqual({ folder, programs: 2, bytes: 8 });
  expect(await compiledPrograms(env)).toEqual({ folder, programs: 0, bytes: 0 });
  expect(await compiledPrograms({ ...env, VITRINE_COMPILED_DIR: '' })).toEqual({ folder: null, programs: 0, bytes: 0 });
});

test('removing an engine', async () => {
  fakeEngine('cpu');
  const folder = join(home, 'engines');
  await expect(removeEngine('tensorflow-9', folder)).rejects.toMatchObject({ code: 'not_found' });
  await expect(removeEngine('../engines', folder)).rejects.toMatchObject({ code: 'not_found' });
  await removeEngine('tensorflow-2.21.0-cpu', folder);
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ['a/b', true],
  ['a/../b', true],
  ['..a', true],
  ['../a', false],
  ['a/../../b', false],
  ['/a', false],
  ['..', false],
  ['', false],
])('isInside(%j) is %s', (path, expected) => {
  expect(isInside(path)).toBe(expected);
});
