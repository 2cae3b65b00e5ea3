import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineStatus, Finding } from '../../src-shared/contract/engine.ts';
import { describeGpus } from '../services/engine/gpu.ts';
import type { GpuFacts } from '../services/engine/gpu.ts';

/** The oldest driver that runs CUDA 12, by minor version compatibility. */
const MIN_DRIVER = 525;
/** What TensorFlow's builds hold code for begins here. */
const MIN_CAPABILITY = 6;

/** The libraries that a GPU engine brings along, by the names of their files. */
const LIBRARIES = { CUDA: /^libcudart\.so\.(\d+(?:\.\d+)*)$/, cuDNN: /^libcudnn\.so\.(\d+(?:\.\d+)*)$/ } as const;

const INSTALL = 'Install TensorFlow for the GPU ("vitrine engine install --gpu").';

/** What a GPU needs: each a finding, or one that says why it doesn't apply here. */
export async function gpuFindings(status: EngineStatus): Promise<Finding[]> {
  const { engine, gpu, notTaken } = status;
  if (!gpu.present) {
    const absent = (name: string): Finding => ({ name, state: 'note', detail: 'There is no NVIDIA GPU.', fix: null });
    const seen: Finding = { name: 'GPU', state: 'note', detail: gpu.why, fix: null };
    return [seen, ...['Driver', 'Compute capability', ...Object.keys(LIBRARIES)].map(absent)];
  }
  const seen = engine?.devices.some(({ type }) => type === 'GPU') ?? false;
  const sight = finding('GPU', seen, { detail: gpu.why, fix: notTaken[0]?.todo ?? INSTALL });
  return [sight, ...driverFindings(await describeGpus().catch(() => [])), ...(await libraryFindings(status))];
}

function driverFindings(gpus: readonly GpuFacts[]): Finding[] {
  const [first] = gpus;
  if (!first) {
    const fix = "Install or repair NVIDIA's driver; in a container, start it with the NVIDIA container toolkit.";
    return [{ name: 'Driver', state: 'failed', detail: '"nvidia-smi" answers nothing.', fix }];
  }
  const recent = Number.parseInt(first.driver, 10) >= MIN_DRIVER;
  const driver = finding('Driver', recent, {
    detail: `NVIDIA ${first.driver}`,
    fix: `Update NVIDIA's driver: CUDA 12 needs ${MIN_DRIVER} or later.`,
  });
  const weakest = Math.min(...gpus.map(({ computeCapability }) => computeCapability ?? Number.NaN));
  if (Number.isNaN(weakest)) {
    const detail = "The driver doesn't tell.";
    return [driver, { name: 'Compute capability', state: 'note', detail, fix: null }];
  }
  const able = finding('Compute capability', weakest >= MIN_CAPABILITY, {
    detail: gpus.map(({ name, computeCapability }) => `${computeCapability?.toFixed(1)} (${name})`).join(', '),
    fix: `Hide the GPU with CUDA_VISIBLE_DEVICES=-1: TensorFlow has code for ${MIN_CAPABILITY}.0 and later.`,
  });
  return [driver, able];
}

async function libraryFindings({ installed }: EngineStatus): Promise<Finding[]> {
  const engine = installed.find(({ device }) => device === 'gpu');
  const files = engine
    ? await readdir(join(engine.dir, 'nvidia'), { recursive: true }).catch(() => [] as string[])
    : [];
  return Object.entries(LIBRARIES).map(([name, pattern]) => {
    const version = files.map((file) => pattern.exec(file.split(/[\\/]/).at(-1)!)?.[1]).find((text) => text);
    const detail = version ? `${version}, of ${engine!.id}` : 'It comes with TensorFlow for the GPU.';
    return finding(name, version !== undefined, { detail, fix: INSTALL });
  });
}

function finding(name: string, passed: boolean, { detail, fix }: { detail: string; fix: string }): Finding {
  return { name, state: passed ? 'passed' : 'failed', detail, fix: passed ? null : fix };
}
