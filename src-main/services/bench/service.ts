import { speedRow, VITRINE, withRatios } from '../../../src-shared/bench/rows.ts';
import type { SpeedRow } from '../../../src-shared/bench/rows.ts';
import type { EngineInfo } from '../../../src-shared/contract/engine.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { gridOf } from '../../../src-shared/models/architecture.ts';
import { memoryItems } from '../../../src-shared/models/memory.ts';
import { architectureOf } from '../../../src-shared/models/variants.ts';
import type { Variant } from '../../../src-shared/models/variants.ts';
import { runWorker } from '../../workers/run-worker.ts';
import type { StartProcess } from '../../workers/worker-process.ts';
import { findPeers } from './peers.ts';
import type { Peer, SpeedTask } from './peers.ts';

export interface BenchRequest {
  variants: readonly Variant[];
  batches: readonly number[];
  /** Training steps too. */
  train: boolean;
  resolution: number;
  numClasses: number;
  warmup: number;
  steps: number;
  /** For the timed steps of one measurement. */
  maxSeconds: number;
  threads: number | null;
  /** A Python environment to compare with, and a checkout of vit_jax. */
  python: string | null;
  vitJax: string | null;
}

export interface BenchOptions {
  /** Where the worker computes and the environment it needs. */
  setup: { device: 'gpu' | 'cpu' | 'wasm'; environment: NodeJS.ProcessEnv };
  /** Bytes that a step may take; more is left out. */
  freeBytes: number;
  signal: AbortSignal;
  say: (text: string) => void;
  /** Each row as it comes, without its ratio. */
  onRow: (row: SpeedRow) => void;
  start?: StartProcess;
}

export interface BenchResult {
  rows: SpeedRow[];
  engine: EngineInfo | null;
  versions: Record<string, string>;
  /** What was left out, and why. */
  skipped: { model: string; engine: string; what: SpeedRow['what']; batch: number; reason: string }[];
}

/**
 * Measures each model in a process of its own, with random weights and made-up images, and beside it the peers that a
 * Python environment has. What fails is told and left out.
 * @throws AppError interrupted, not_found (no such environment)
 */
export async function measureModels(request: BenchRequest, options: BenchOptions): Promise<BenchResult> {
  const { signal, say } = options;
  const peers = request.python === null ? [] : await findPeers({ ...request, python: request.python }, say);
  const result: BenchResult = { rows: [], engine: null, versions: {}, skipped: [] };
  for (const task of tasksOf(request)) {
    const own: Peer = { name: VITRINE, lacks: () => lacking(task, options), measure: ownMeasure(result, options) };
    for (const peer of [own, ...peers]) {
      const { variant, what, batch, resolution, numClasses } = task;
      const row = { model: variant.modelName, engine: peer.name, what, batch, resolution, numClasses };
      const skip = (reason: string): void => {
        say(`${row.model}, batch ${batch}, ${what}, ${peer.name}: left out, ${reason}`);
        result.skipped.push({ model: row.model, engine: peer.name, what, batch, reason });
      };
      const lacks = peer.lacks(variant);
      if (lacks !== null) {
        skip(lacks);
        continue;
      }
      say(`${row.model}, batch ${batch}, ${what}, ${peer.name}`);
      try {
        const { versions, ...measured } = await peer.measure(task, signal);
        Object.assign(result.versions, versions);
        const made = speedRow(row, measured);
        result.rows.push(made);
        options.onRow(made);
      } catch (error) {
        if (!(error instanceof AppError) || error.code === 'interrupted' || signal.aborted) throw error;
        skip(error.message);
      }
    }
  }
  result.rows = withRatios(result.rows);
  return result;
}

function tasksOf({ variants, batches, train, ...rest }: BenchRequest): SpeedTask[] {
  const kinds: SpeedTask['what'][] = train ? ['forward', 'train'] : ['forward'];
  return variants.flatMap((variant) =>
    batches.flatMap((batch) => kinds.map((what) => ({ ...rest, variant, batch, what }))),
  );
}

/** Why a task can't be measured here; null where it can. */
function lacking(task: SpeedTask, { setup, freeBytes }: BenchOptions): string | null {
  const architecture = architectureOf(task.variant, { imageSize: task.resolution, numClasses: task.numClasses });
  if (gridOf(architecture).some((patches) => patches < 1)) return `${task.resolution} px is smaller than its patch.`;
  if (task.what === 'train' && (architecture.classifier === 'unpooled' || architecture.classifier === 'token_unpooled'))
    return 'it gives no logits for whole images, so it has no loss.';
  const need = memoryItems({
    architecture,
    mode: modeOf(task),
    batch: task.batch,
    precision: 'float32',
    optimizer: 'momentum-bfloat16',
    accumulating: false,
    device: setup.device,
  }).reduce((sum, { bytes }) => sum + bytes, 0);
  if (setup.device === 'gpu' || need <= freeBytes) return null;
  return `its step takes about ${(need / 1e9).toFixed(1)} GB, and ${(freeBytes / 1e9).toFixed(1)} GB are free.`;
}

function ownMeasure(result: BenchResult, { setup, start }: BenchOptions): Peer['measure'] {
  return async (task, signal) => {
    const { variant, batch, resolution, numClasses, warmup, steps, maxSeconds } = task;
    const architecture = architectureOf(variant, { imageSize: resolution, numClasses });
    const { engine, firstSeconds, seconds, stepPeakBytes } = await runWorker(
      'speed',
      { architecture, mode: modeOf(task), batch, warmup, steps, maxSeconds },
      { environment: setup.environment, signal, ...(start ? { start } : {}) },
    );
    result.engine = engine;
    // A GPU's memory isn't this process's.
    const peakBytes = setup.device === 'gpu' ? null : stepPeakBytes;
    return { firstSeconds, seconds, peakBytes, versions: { [engine.kind]: engine.version } };
  };
}

function modeOf({ what }: SpeedTask): 'train' | 'predict' {
  return what === 'train' ? 'train' : 'predict';
}
