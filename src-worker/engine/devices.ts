import { execFile } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { EngineDevice } from '../../src-shared/contract/engine.ts';

export function cpuDevice(): EngineDevice {
  return { name: cpus()[0]?.model.trim() || 'CPU', type: 'CPU', memoryBytes: totalmem() };
}

/** NVIDIA's GPUs as the driver lists them, less those CUDA_VISIBLE_DEVICES hides; empty where there are none. */
export async function gpuDevices(): Promise<EngineDevice[]> {
  const query = ['--query-gpu=index,uuid,name,memory.total', '--format=csv,noheader,nounits'];
  let text: string;
  try {
    text = (await promisify(execFile)('nvidia-smi', query, { timeout: 5000 })).stdout;
  } catch {
    return [];
  }
  const visible = process.env.CUDA_VISIBLE_DEVICES?.split(',').map((entry) => entry.trim());
  return text
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 4)
    .filter(([index, uuid]) => visible === undefined || visible.includes(index!) || visible.includes(uuid!))
    .map(([, , name, mebibytes]) => ({ name: name!, type: 'GPU', memoryBytes: Number(mebibytes) * 2 ** 20 }));
}
