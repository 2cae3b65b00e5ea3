import { stat } from 'node:fs/promises';
import type { ProgressEvent, ScoreInput, ScoreResult } from '../../src-shared/contract/worker.ts';
import { isPackedPath } from '../../src-shared/data/packed-path.ts';
import { locateCheckpoint } from '../checkpoints/locate-checkpoint.ts';
import type { JobContext } from '../job.ts';
import { openScorer, scoreWith } from './score.ts';
import type { Scorer } from './score.ts';

/** What the parameters of kept models may take together, bytes; the one in use is kept whatever it takes. */
const KEPT_BYTES = 2 * 2 ** 30;
/** Images at a time: the smallest that holds the call's. A program is compiled for each. */
const BATCHES = [1, 8, 32] as const;

/** Models ready to score with, the least recently used first. */
const kept = new Map<string, Scorer>();
/** The call under way: one that was given up still ends its batch, and a program serves one at a time. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Scores as `score` does, in a process that stays: engine, weights and compiled programs are there for the next call.
 * Calls wait for one another.
 */
export function scoreResident(input: ScoreInput, context: JobContext<ProgressEvent>): Promise<ScoreResult> {
  const mine = turn.then(() => scoreKept(input, context));
  turn = mine.catch(() => {});
  return mine;
}

async function scoreKept(input: ScoreInput, context: JobContext<ProgressEvent>): Promise<ScoreResult> {
  const wanted = Math.min(input.batch, input.images.paths.length);
  const batch = BATCHES.find((size) => size >= wanted) ?? BATCHES.at(-1)!;
  const packed = input.images.paths.some(isPackedPath);
  const key = `${batch} ${input.allowNan} ${packed} ${await identityOf(input.checkpoint)}`;
  const known = kept.get(key);
  kept.delete(key);
  const scorer = known ?? (await openScorer(input, batch));
  kept.set(key, scorer);
  forgetOldest();
  return scoreWith(scorer, input, context);
}

/** A file by what it was when it was read: one that was written anew is another. */
async function identityOf(checkpoint: string): Promise<string> {
  const { path } = await locateCheckpoint(checkpoint);
  const { size, mtimeMs, ino } = await stat(path);
  return `${size} ${mtimeMs} ${ino} ${path}`;
}

function forgetOldest(): void {
  const total = (): number => [...kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  for (const [key, scorer] of kept) {
    if (kept.size === 1 || total() <= KEPT_BYTES) return;
    kept.delete(key);
    scorer.dispose();
  }
}
