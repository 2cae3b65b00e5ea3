import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { MemoryEstimate } from '../../../src-shared/contract/checkpoints.ts';

type Device = MemoryEstimate['device'];

const MIB = 2 ** 20;
/** WebAssembly addresses no more than this. */
const WASM_BYTES = 4 * 2 ** 30;

/**
 * What of this machine's memory a worker could have now, where it computes.
 * @param gpu the number of the one that it was given; otherwise the freest
 */
export async function memoryOf(kind: Device['kind'], gpu?: number): Promise<Device> {
  const found = kind === 'gpu' ? await findGpu(gpu) : null;
  if (found) return found;
  const main = await mainMemory();
  if (kind !== 'wasm') return main;
  return {
    kind,
    name: 'WebAssembly',
    freeBytes: Math.min(WASM_BYTES, main.freeBytes),
    totalBytes: Math.min(WASM_BYTES, main.totalBytes),
  };
}

/** The GPU of a number, or the one with the most free memory, as NVIDIA's driver tells; null where it tells none. */
async function findGpu(gpu?: number): Promise<Device | null> {
  try {
    const which = gpu === undefined ? [] : ['-i', String(gpu)];
    const query = [...which, '--query-gpu=name,memory.total,memory.free', '--format=csv,noheader,nounits'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 5000 });
    return parseGpus(stdout).sort((a, b) => b.freeBytes - a.freeBytes)[0] ?? null;
  } catch {
    return null;
  }
}

/** Lines of `NVIDIA H100 80GB HBM3, 81559, 80910`, MiB; lines with anything else ("[N/A]") are left out. */
export function parseGpus(text: string): Device[] {
  return text.split('\n').flatMap((line) => {
    const [, name, total, free] = /^(.+), (\d+), (\d+)\s*$/.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ kind: 'gpu' as const, name, freeBytes: Number(free) * MIB, totalBytes: Number(total) * MIB }];
  });
}

/** Main memory, within the limit that a container may have. */
async function mainMemory(): Promise<Device> {
  const limit = await containerLimit();
  const [free, total] = [freemem(), totalmem()];
  return {
    kind: 'cpu',
    name: cpus()[0]?.model ?? 'CPU',
    freeBytes: limit ? Math.min(free, Math.max(0, limit.max - limit.used)) : free,
    totalBytes: limit ? Math.min(total, limit.max) : total,
  };
}

/** Of Linux's cgroups, version 2; null where there is no limit. Files that could be dropped from memory aren't in use. */
async function containerLimit(): Promise<{ max: number; used: number } | null> {
  try {
    const read = (name: string): Promise<string> => readFile(`/sys/fs/cgroup/${name}`, 'utf8');
    const max = Number(await read('memory.max'));
    if (!Number.isSafeInteger(max)) return null; // "max"
    const cached = Number(/^inactive_file (\d+)$/m.exec(await read('memory.stat'))?.[1] ?? 0);
    return { max, used: Number(await read('memory.current')) - cached };
  } catch {
    return null;
  }
}
