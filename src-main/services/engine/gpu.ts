import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface GpuPresence {
  present: boolean;
  /** Names as the driver gives them; may be empty where only the device file is seen. */
  names: string[];
  /** How it is known, as a clause. */
  why: string;
}

/** Whether an NVIDIA GPU with a driver is here: the driver's own tool, or its device files. */
export async function detectGpu(): Promise<GpuPresence> {
  if (process.platform === 'darwin') return { present: false, names: [], why: 'Macs have no NVIDIA GPU' };
  try {
    const query = ['--query-gpu=name', '--format=csv,noheader'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 5000 });
    const names = stdout.split('\n').filter((line) => line.trim() !== '');
    if (names.length > 0) return { present: true, names, why: `nvidia-smi lists ${names.join(', ')}` };
  } catch {
    // Not installed, or it found no driver: the device files decide.
  }
  const devices = await readdir('/dev').catch(() => [] as string[]);
  const found = devices.find((name) => /^nvidia\d+$/.test(name));
  if (found) return { present: true, names: [], why: `/dev/${found} exists` };
  return { present: false, names: [], why: 'no NVIDIA GPU was found (nvidia-smi lists none, no /dev/nvidia0)' };
}

/** What the driver says of a GPU. */
export interface GpuFacts {
  name: string;
  driver: string;
  /** Such as 9.0; null where the driver is too old to say. */
  computeCapability: number | null;
  memoryBytes: number | null;
}

/** Every GPU as the driver describes it. Throws where its tool is missing or finds no driver. */
export async function describeGpus(): Promise<GpuFacts[]> {
  const query = ['--query-gpu=name,driver_version,compute_cap,memory.total', '--format=csv,noheader,nounits'];
  const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 5000 });
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', driver = '', capability = '', mebibytes = ''] = line.split(',').map((part) => part.trim());
      return { name, driver, computeCapability: numberOf(capability), memoryBytes: bytesOf(mebibytes) };
    });
}

function numberOf(text: string): number | null {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? value : null;
}

function bytesOf(mebibytes: string): number | null {
  const value = numberOf(mebibytes);
  return value === null ? null : value * 2 ** 20;
}
