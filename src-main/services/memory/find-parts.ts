import { possibleParts } from '../../../src-shared/config/batch-parts.ts';
import type { RunConfig } from '../../../src-shared/config/run-config.ts';
import { targetArchitecture } from '../../../src-shared/config/target-architecture.ts';
import { runCauseOf } from '../../../src-shared/contract/run-cause.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { MemoryNeed } from '../../../src-shared/models/memory.ts';
import { stepOfRun } from '../../../src-shared/models/training-step.ts';
import { runWorker } from '../../workers/run-worker.ts';
import { chooseParts, type ChosenParts, type NothingFits } from './choose-parts.ts';

/** A run that is about to begin. */
export interface RunToFit {
  config: RunConfig;
  /** The file it starts from. */
  checkpoint: string;
  /** Classes of its data. */
  classes: number;
}

export interface FindPartsOptions {
  /** Of the run's worker. */
  environment: NodeJS.ProcessEnv;
  /** That the run was given, `gpu:1`; null: the engine takes one. */
  device: string | null;
  signal: AbortSignal;
  /** Told what is tried. */
  say: (text: string) => void;
}

export interface FoundParts {
  parts: number;
  /** What was found, for a person. */
  note: string;
}

/** What is known of memory here. */
export interface MemoryKnowledge {
  /** Of what a need is, apart from how a run trains. */
  place: Pick<MemoryNeed, 'device'> & { apart: boolean };
  free: () => Promise<number>;
  estimate(need: MemoryNeed): { bytes: number; measured: boolean };
  /** Bytes that a step's process held at most, its compilation included. */
  measure(need: MemoryNeed): Promise<number>;
}

/**
 * How many parts the batch of a run is computed in so that its steps fit into the memory that is free.
 * @returns null where that is no question: features of a linear probe are small
 * @throws AppError out_of_memory where the smallest part doesn't fit; config, bad_checkpoint and others where the run
 * can't be; interrupted
 */
export async function findParts(
  { config, checkpoint, classes }: RunToFit,
  known: MemoryKnowledge,
  { environment, signal, say }: FindPartsOptions,
): Promise<FoundParts | null> {
  const possible = possibleParts(config);
  if (config.vitrine.train === 'probe' || possible.length === 0) return null;
  const described = await runWorker('describe', { path: checkpoint }, { environment, signal });
  const architecture = targetArchitecture(config, described, classes);
  const { batch } = config;
  const needOf = (parts: number): MemoryNeed => ({
    ...stepOfRun(config),
    ...known.place,
    architecture,
    mode: 'train',
    batch: batch / parts,
    accumulating: parts > 1,
  });
  const probe = async (parts: number): Promise<number | null> => {
    say(`Running a step of ${images(batch / parts)} to see whether it fits into memory …`);
    const stopped = new AppError('interrupted', 'Stopped before the work began; nothing was changed.');
    try {
      const bytes = await known.measure(needOf(parts));
      if (signal.aborted) throw stopped; // which the worker heeds after its steps only
      return bytes;
    } catch (error) {
      if (signal.aborted) throw stopped;
      if (ranOut(error)) return null;
      throw error;
    }
  };
  const found = await chooseParts(possible, {
    free: known.free,
    estimate: (parts) => known.estimate(needOf(parts)),
    probe: known.place.device === 'gpu' ? null : probe,
  });
  if ('nothing' in found) throw nothingFits(batch, found.nothing);
  return { parts: found.chosen.parts, note: describe(batch, found.chosen) };
}

/** The process may have been ended for it without the system saying why. */
function ranOut(error: unknown): boolean {
  const killed = error instanceof AppError && error.details['signal'] === 'SIGKILL';
  return killed || runCauseOf(error) === 'out_of_memory';
}

function describe(batch: number, { parts, bytes, freeBytes, probed }: ChosenParts): string {
  const how =
    parts === 1 ? 'is computed whole' : `is computed in ${parts} parts of ${(batch / parts).toLocaleString('en')}`;
  const takes = probed ? 'a step took' : 'a step takes, by the estimate (on a GPU none is tried out),';
  const of = `${mebibytes(bytes)} of ${mebibytes(freeBytes)} MiB of free memory`;
  return `The batch of ${batch.toLocaleString('en')} ${how}: ${takes} ${of}.`;
}

function nothingFits(batch: number, { parts, bytes, freeBytes, probed }: NothingFits): AppError {
  const free = `${mebibytes(freeBytes)} MiB are free`;
  const why =
    bytes === null
      ? `memory ran out, of which ${free}`
      : `a step ${probed ? 'took' : 'takes about'} ${mebibytes(bytes)} MiB, and ${free}`;
  return new AppError('out_of_memory', `Not even a step of ${images(batch / parts)} fits into memory: ${why}.`, {
    hint:
      'Free some memory, or take a smaller model, a lower --config.pp.crop or --config.vitrine.recompute=true; ' +
      '--config.vitrine.auto_accum=false tries it all the same.',
    details: { images: batch / parts, bytes, freeBytes },
  });
}

function images(count: number): string {
  return count === 1 ? 'one image' : `${count.toLocaleString('en')} images`;
}

function mebibytes(bytes: number): string {
  return Math.round(bytes / 2 ** 20).toLocaleString('en');
}
