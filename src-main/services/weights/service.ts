import { createHash } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  FilterSummary,
  Filters,
  PositionSimilarity,
  TensorStatistics,
} from '../../../src-shared/contract/weights.ts';
import type { FiltersInput, InsideInput } from '../../../src-shared/contract/worker.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { atMost } from '../../workers/at-most.ts';
import { runWorker } from '../../workers/run-worker.ts';
import type { Checkpoints } from '../checkpoints/service.ts';

/** What stands in the tensors of the library's checkpoints, as a person looks at it. */
export interface Weights {
  /** @throws AppError not_found (the checkpoint, the tensor), usage: it holds no floating-point numbers */
  tensor(which: { id: number; name: string }, signal?: AbortSignal): Promise<TensorStatistics>;
  /** @throws AppError not_found, bad_checkpoint */
  filters(which: { id: number; from: number; count: number }, signal?: AbortSignal): Promise<Filters>;
  /** @throws AppError not_found, bad_checkpoint; usage where a model has none */
  posEmbedding(id: number, signal?: AbortSignal): Promise<PositionSimilarity>;
}

/** Computes in worker processes. */
export interface LookInside {
  tensors(input: InsideInput, signal?: AbortSignal): Promise<TensorStatistics[]>;
  filters(input: FiltersInput, signal?: AbortSignal): Promise<FilterSummary>;
  positions(input: InsideInput, signal?: AbortSignal): Promise<PositionSimilarity>;
}

export interface WeightsOptions {
  checkpoints: Pick<Checkpoints, 'get'>;
  /** What was computed once is kept here, under the file's SHA-256; it can be emptied at any time. */
  folder: string;
  look?: LookInside;
}

/** Goes up when what is kept changes its form. */
const VERSION = 1;

export function createWeights({ checkpoints, folder, look = inWorkers() }: WeightsOptions): Weights {
  /** A checkpoint, and where what is computed of it is kept: its description decides with its bytes. */
  const find = async (id: number) => {
    const { checkpoint, inspection } = await checkpoints.get(id);
    const { path, sha256 } = checkpoint;
    const read = JSON.stringify([VERSION, inspection.architecture, inspection.lit ?? null]);
    const place = join(folder, `${sha256}-${createHash('sha256').update(read).digest('hex').slice(0, 12)}`);
    return { input: { path, sha256 }, inspection, place };
  };

  return {
    async tensor({ id, name }, signal) {
      const { input, inspection, place } = await find(id);
      if (!inspection.tensors.some((tensor) => tensor.name === name)) {
        throw new AppError('not_found', `${input.path} has no tensor "${name}".`);
      }
      const all = await kept(`${place}.tensors.json`, () => look.tensors(input, signal));
      const found = all.find((tensor) => tensor.name === name);
      if (found) return found;
      throw new AppError('usage', `The tensor "${name}" holds no floating-point numbers.`);
    },
    async filters({ id, from, count }, signal) {
      const { input, place } = await find(id);
      const pictures = `${place}.filters.bin`;
      const make = async (): Promise<FilterSummary> => {
        const output = await staged(pictures);
        try {
          const summary = await look.filters({ ...input, output }, signal);
          await rename(output, pictures); // before the summary, which says that it is there
          return summary;
        } finally {
          await rm(output, { force: true });
        }
      };
      // The pictures may have been cleaned away without their summary.
      if (!(await exists(pictures))) await rm(`${place}.filters.json`, { force: true });
      const summary = await kept(`${place}.filters.json`, make);
      const first = Math.min(from, summary.filters);
      const shown = Math.min(count, summary.filters - first);
      const each = summary.size[0] * summary.size[1] * 3;
      const pixels = await readPart(pictures, first * each, shown * each);
      return { ...summary, from: first, count: shown, pixels: pixels.toString('base64') };
    },
    async posEmbedding(id, signal) {
      const { input, place } = await find(id);
      return kept(`${place}.positions.json`, () => look.positions(input, signal));
    },
  };
}

function inWorkers(): LookInside {
  const inTurn = atMost(2);
  const options = (signal?: AbortSignal) => (signal ? { signal } : {});
  return {
    tensors: (input, signal) => inTurn(() => runWorker('tensorStatistics', input, options(signal))),
    filters: (input, signal) => inTurn(() => runWorker('patchFilters', input, options(signal))),
    positions: (input, signal) => inTurn(() => runWorker('positionMaps', input, options(signal))),
  };
}

/** What the file holds; without one it is made and kept. A damaged one is made again. */
async function kept<T>(path: string, make: () => Promise<T>): Promise<T> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    // not yet, or cut short
  }
  const value = await make();
  const staging = await staged(path);
  await writeFile(staging, JSON.stringify(value));
  await rename(staging, path);
  return value;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

let staging = 0;

/** A name beside a file, for what becomes it once it is whole. */
async function staged(path: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  return `${path}.${process.pid}-${staging++}`;
}

async function readPart(path: string, from: number, length: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
