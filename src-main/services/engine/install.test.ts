import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findCompiler } from './compile.ts';
import { requireSpace } from './disk.ts';
import { installEngine } from './install.ts';
import type { InstallOptions } from './install.ts';
import { lockInstallation } from './lock.ts';
import { parseCudaRequirements, selectCuda } from './nvidia.ts';
import { findPip } from './pip.ts';
import { selftestEngine } from './selftest.ts';
import { sourceOf } from './sources.ts';
import { writeZip } from './test-zip.ts';

let root: string;
let folder: string;
let wheels: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vitrine-install-'));
  folder = join(root, 'home', 'engines');
  wheels = join(root, 'wheels');
  mkdirSync(wheels);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const LINUX_X64 = process.platform === 'linux' && process.arch === 'x64';
const NOTHING = { PATH: '/nonexistent' };

/** A wheel with the names of the real one and none of its contents. */
function fakeWheel(names = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2']): string {
  const file = join(wheels, 'tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl');
  writeZip(
    file,
    [...names, 'tensorflow_cpu-2.21.0.dist-info/METADATA'].map((name) => ({ name, data: 'x'.repeat(1000) })),
  );
  return file;
}

function install(options: Partial<InstallOptions> = {}) {
  return installEngine({ variant: 'cpu', wheels, folder, ...options });
}

describe('what a machine lacks is said before anything is fetched', () => {
  test('no compiler', async () => {
    const error = findCompiler(NOTHING);
    await expect(error).rejects.toMatchObject({
      code: 'engine',
      hint: expect.stringMatching(/g\+\+|xcode-select/) as string,
    });
    await expect(error).rejects.toThrow(/No C\+\+ compiler/);
    await expect(install({ env: NOTHING })).rejects.toThrow(/No C\+\+ compiler/);
    expect(existsSync(folder)).toBe(false);
  });

  test('no pip and no uv', async () => {
    const error = findPip(NOTHING);
    await expect(error).rejects.toMatchObject({
      code: 'engine',
      hint: expect.stringMatching(/uv.*--wheels/) as string,
    });
    await expect(error).rejects.toThrow(/Neither pip nor uv/);
  });

  test('not enough space, with both numbers', async () => {
    const statfs = () => Promise.resolve({ bavail: 1000, bsize: 1_000_000 });
    const failing = install({ statfs });
    await expect(failing).rejects.toMatchObject({ code: 'disk_full', details: { needed: 2.2e9, free: 1e9 } });
    await expect(failing).rejects.toThrow(/2\.2 GB are needed in .*engines, and 1\.0 GB are free/);
    expect(existsSync(folder)).toBe(false);
  });

  test('space is asked of the nearest folder that exists', async () => {
    const asked: string[] = [];
    await requireSpace(join(root, 'not', 'yet'), 1, (path) => {
      asked.push(path);
      return Promise.resolve({ bavail: 1, bsize: 1 });
    });
    expect(asked).toEqual([root]);
  });
});

describe.runIf(LINUX_X64)('an installation that fails leaves nothing and names the cause', () => {
  afterEach(() => {
    expect(readdirSync(folder)).toEqual([]);
  });

  test('the wheel is not in the folder', async () => {
    await expect(install()).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('pip download') as string,
    });
  });

  test('the wheel is damaged', async () => {
    const wheel = fakeWheel();
    writeFileSync(wheel, readFileSync(wheel).subarray(0, 500));
    await expect(install()).rejects.toMatchObject({ code: 'bad_file' });
    expect(existsSync(wheel)).toBe(true);
  });

  test('the wheel lacks a library', async () => {
    fakeWheel(['tensorflow/libtensorflow_cc.so.2']);
    await expect(install()).rejects.toThrow(/does not hold libtensorflow_cc.so.2 and libtensorflow_framework.so.2/);
  });

  test('the binding does not compile', async () => {
    fakeWheel();
    await expect(install()).rejects.toThrow(/could not compile TensorFlow's binding/);
  });

  test('it is aborted', async () => {
    fakeWheel();
    const abort = new AbortController();
    const running = install({
      signal: abort.signal,
      onProgress: ({ step }) => {
        if (step === 'unpack') abort.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  });

  test('leftovers of a dead process are cleaned, those of a living one are not', async () => {
    mkdirSync(join(folder, '.installing-999999999'), { recursive: true });
    mkdirSync(join(folder, `.installing-${process.ppid}`));
    await expect(install()).rejects.toMatchObject({ code: 'not_found' });
    expect(readdirSync(folder)).toEqual([`.installing-${process.ppid}`]);
    rmSync(join(folder, `.installing-${process.ppid}`), { recursive: true });
  });
});

describe('one installation at a time', () => {
  test('a second one is refused while the first runs', async () => {
    mkdirSync(folder, { recursive: true });
    const release = await lockInstallation(folder);
    await expect(lockInstallation(folder)).rejects.toMatchObject({ code: 'conflict' });
    await release();
    await (
      await lockInstallation(folder)
    )();
  });

  test('the lock of a dead process is taken over', async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '.install.lock'), '999999999');
    await (
      await lockInstallation(folder)
    )();
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a binding that does not load fails the self-test with the reason', async () => {
  writeFileSync(join(root, 'tfjs_binding.node'), 'not a library');
  const result = await selftestEngine({ kind: 'tensorflow', dir: root }, { force: true });
  expect(result).toMatchObject({ ok: false, error: { code: 'engine' } });
  expect('error' in result && result.error.message).toMatch(/tfjs_binding.node/);
});

test('the CUDA packages are read from the wheel', () => {
  const metadata = [
    'Name: tensorflow',
    'Requires-Dist: numpy>=1.26.0',
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    "Requires-Dist: nvidia-cudnn-cu12 (<10.0,>=9.3.0.75) ; extra == 'and-cuda'",
    'Requires-Dist: nvidia-other>=1; extra == "something"',
  ].join('\r\n');
  expect(parseCudaRequirements(metadata)).toEqual([
    'nvidia-cublas-cu12<13.0,>=12.5.3.2',
    'nvidia-cudnn-cu12<10.0,>=9.3.0.75',
  ]);
  expect(selectCuda('nvidia/cublas/lib/libcublas.so.12')).toBe('nvidia/cublas/lib/libcublas.so.12');
  expect(selectCuda('nvidia/cuda_nvcc/bin/ptxas')).toBe('nvidia/cuda_nvcc/bin/ptxas');
  expect(selectCuda('nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc')).toBe(
    'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc',
  );
  expect(selectCuda('nvidia/cublas/include/cublas.h')).toBeUndefined();
  expect(selectCuda('nvidia/../../etc/lib/x.so')).toBeUndefined();
});

test('each platform has the wheel that exists for it', () => {
  expect(sourceOf('cpu', 'linux-x64')?.package).toBe('tensorflow-cpu');
  expect(sourceOf('gpu', 'linux-x64')?.package).toBe('tensorflow');
  expect(sourceOf('cpu', 'linux-arm64')?.package).toBe('tensorflow');
  expect(sourceOf('cpu', 'darwin-arm64')?.libraries.cc).toBe('libtensorflow_cc.2.dylib');
  expect(sourceOf('gpu', 'darwin-arm64')).toBeUndefined();
  expect(sourceOf('cpu', 'darwin-x64')).toBeUndefined();
  expect(sourceOf('cpu', 'win32-x64')).toBeUndefined();
});
