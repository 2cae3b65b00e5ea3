import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import type { DecodableItem } from '../../src-shared/data/dataset.ts';
import type { SystemStatus } from '../../src-shared/contract/system.ts';
import type { ImageList } from '../../src-shared/contract/worker.ts';
import { prepareDataset } from '../services/datasets/prepare.ts';
import { resolveEngine } from '../services/engine/engines.ts';
import { workerEnvironment } from '../services/engine/environment.ts';
import type { PrepareImages, TrainingEnvironment } from '../services/runs/service.ts';
import type { Device } from '../workers/device-broker.ts';

/** What runs take from the other services. */
export function trainingNeeds(home: string): {
  prepare: PrepareImages;
  environment: TrainingEnvironment;
  versions: Record<string, string>;
} {
  return {
    versions: { vitrine: packageJson.version, node: process.versions.node },
    // Where the folder has no splits, always the same one is made: the run's seed must not move images between
    // training and the test that "vitrine evaluate" scores later.
    async prepare(folder, options) {
      const { dataset, selections, notes } = await prepareDataset(folder, { home, training: true, ...options });
      const lists = Object.entries(selections).map(([split, items]) => [split, imageList(items)] as const);
      const { root, classNames, manifestHash } = dataset;
      return { root, classNames, manifestHash, notes, selections: Object.fromEntries(lists) };
    },
    async environment({ threads, device }) {
      const choice = await resolveEngine();
      const env = workerEnvironment(choice, threads === null ? {} : { threads });
      const gpu = /^gpu:(\d+)$/.exec(device ?? '')?.[1];
      if (gpu !== undefined) env['CUDA_VISIBLE_DEVICES'] ??= gpu;
      const note =
        choice.kind === 'wasm'
          ? 'Running on WebAssembly, which is much slower than TensorFlow ("vitrine engine status" says why).'
          : null;
      return { env, note };
    },
  };
}

function imageList(items: readonly DecodableItem[]): ImageList {
  return { paths: items.map((item) => item.decodePath), labels: items.map((item) => item.label ?? -1) };
}

const cpu: Device = { id: 'cpu', freeMemory: () => Promise.resolve(process.availableMemory()) };

/** What computes here: the GPUs of the engine that is used, otherwise the CPU. The command line needs no choice. */
export async function devices(host: SystemStatus['host']): Promise<Device[]> {
  if (host === 'cli') return [cpu];
  const { device, gpu } = await resolveEngine().catch(() => ({ device: 'cpu', gpu: null }));
  if (device !== 'gpu' || !gpu?.present) return [cpu];
  const count = Math.max(1, gpu.names.length);
  return Array.from({ length: count }, (_, index) => ({ id: `gpu:${index}`, freeMemory: () => freeOnGpu(index) }));
}

/** Null where the driver doesn't tell. */
async function freeOnGpu(index: number): Promise<number | null> {
  const query = ['-i', String(index), '--query-gpu=memory.free', '--format=csv,noheader,nounits'];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 5000 });
    const mebibytes = Number(stdout.trim());
    return Number.isFinite(mebibytes) ? mebibytes * 2 ** 20 : null;
  } catch {
    return null;
  }
}
