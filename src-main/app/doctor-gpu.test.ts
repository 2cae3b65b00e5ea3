// What a GPU needs, against a driver's tool that answers as it is told to.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EngineStatus, Finding } from '../../src-shared/contract/engine.ts';
import { gpuFindings } from './doctor-gpu.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-gpu-'))));
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const STATUS: EngineStatus = {
  ok: true,
  engine: null,
  error: null,
  notTaken: [],
  gpu: { present: true, names: ['NVIDIA X'], why: 'nvidia-smi lists NVIDIA X' },
  installed: [],
  folder: '',
  available: [],
};

async function driverSays(line: string): Promise<void> {
  const tool = join(folder, 'nvidia-smi');
  await writeFile(tool, `#!/bin/sh\n${line}\n`);
  await chmod(tool, 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
}

async function findings(status: EngineStatus): Promise<Record<string, Finding>> {
  return Object.fromEntries((await gpuFindings(status)).map((finding) => [finding.name, finding]));
}

test('without a GPU nothing of it is needed, and nothing failed', async () => {
  const found = await gpuFindings({ ...STATUS, gpu: { present: false, names: [], why: 'none was found' } });
  expect(found.map(({ name, state, fix }) => [name, state, fix])).toEqual([
    ['GPU', 'note', null],
    ['Driver', 'note', null],
    ['Compute capability', 'note', null],
    ['CUDA', 'note', null],
    ['cuDNN', 'note', null],
  ]);
});

test('a recent driver and card pass; the libraries are those of the engine', async () => {
  await driverSays('echo "NVIDIA H100, 550.54.15, 9.0, 81559"');
  const dir = join(folder, 'tensorflow-2.21.0-gpu');
  for (const file of ['cuda_runtime/lib/libcudart.so.12', 'cudnn/lib/libcudnn.so.9']) {
    await mkdir(join(dir, 'nvidia', file, '..'), { recursive: true });
    await writeFile(join(dir, 'nvidia', file), '');
  }
  const installed = [{ id: 'tensorflow-2.21.0-gpu', version: '2.21.0', device: 'gpu' as const, dir, installedAt: '' }];
  const engine = {
    ...{ kind: 'tensorflow' as const, version: '2.21.0', threads: { intra: 1, inter: 1 }, reason: '', id: 'x', dir },
    devices: [{ name: 'H100', type: 'GPU' as const }],
    loadMilliseconds: 1,
  };
  const found = await findings({ ...STATUS, engine, installed });
  expect(Object.values(found).map(({ state }) => state)).toEqual(Array(5).fill('passed'));
  expect(found['Driver']!.detail).toBe('NVIDIA 550.54.15');
  expect(found['Compute capability']!.detail).toBe('9.0 (NVIDIA H100)');
  expect(found['CUDA']!.detail).toBe('12, of tensorflow-2.21.0-gpu');
  expect(found['cuDNN']!.detail).toBe('9, of tensorflow-2.21.0-gpu');
});

test('what fails comes with what to do', async () => {
  await driverSays('echo "GeForce GTX 960, 470.82, 5.2, 4096"');
  const old = await findings(STATUS);
  expect(Object.values(old).every(({ state, fix }) => state === 'failed' && fix !== null)).toBe(true);
  await driverSays('exit 9');
  expect((await findings(STATUS))['Driver']).toMatchObject({
    state: 'failed',
    detail: '"nvidia-smi" answers nothing.',
  });
});

test('a driver too old to tell the capability is no failure of the card', async () => {
  await driverSays('echo "Tesla T4, 530.1, [N/A], [N/A]"');
  expect((await findings(STATUS))['Compute capability']).toMatchObject({ state: 'note' });
});
