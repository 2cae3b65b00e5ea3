import type { RunCause, RunFailure } from '../../../src-shared/contract/run-files.ts';
import type { RunState } from '../../../src-shared/contract/runs.ts';

/** What the person last asked of a run. */
export type Wish = 'run' | 'pause' | 'stop' | 'discard';

/** Everything a run's state follows from. Times are ms since 1970. */
export interface RunFacts {
  wish: Wish;
  /** In the queue. */
  queued: boolean;
  /** This process reads its data set, or starts its worker. */
  preparing: boolean;
  /** A living process has the folder's lock. */
  alive: boolean;
  /** The model is there and the last step is saved. */
  done: boolean;
  /** When a process last began to train; null: none has. */
  startedAt: number | null;
  /** The last word of the last process; null where there is none since it began. */
  end: RunEnd | null;
  /** Why the last attempt didn't begin, or how its process died before our eyes. */
  refusal: { at: number; cause: RunCause; error: RunFailure } | null;
}

export interface RunEnd {
  at: number;
  state: 'finished' | 'stopped' | 'paused' | 'failed';
  reason: string | null;
  cause: RunCause | null;
  error: RunFailure | null;
}

export interface DerivedState {
  state: RunState;
  cause: RunCause | null;
  error: RunFailure | null;
}

const plain = (state: RunState): DerivedState => ({ state, cause: null, error: null });

/** How a run stands. Nothing here is remembered: the same facts give the same state, whoever looks and whenever. */
export function deriveState(facts: RunFacts): DerivedState {
  const { wish, end, refusal, startedAt } = facts;
  if (facts.alive) return plain(wish === 'run' ? 'running' : 'pausing');
  if (facts.preparing) return plain('preparing');
  if (facts.queued) return plain('queued');
  if (facts.done) return plain('finished');
  // A process removes the last one's end when it begins, so an end that stands is newer than the start.
  if (refusal && refusal.at >= Math.max(end?.at ?? 0, end ? 0 : (startedAt ?? 0)))
    return { state: 'failed', cause: refusal.cause, error: refusal.error };
  if (end?.state === 'paused' && (wish === 'stop' || wish === 'discard')) return plain('stopped');
  if (end) return { state: end.state, cause: end.cause, error: end.error };
  if (startedAt !== null) return plain('interrupted');
  // None has begun: only a person's wish is known. A wish to run that is neither queued nor prepared was cut short.
  return plain(wish === 'run' ? 'interrupted' : wish === 'pause' ? 'paused' : 'stopped');
}

/** States in which something may still happen by itself. */
export function isUnderWay(state: RunState): boolean {
  return state === 'queued' || state === 'preparing' || state === 'running' || state === 'pausing';
}

/** Whether there is something to go on with. */
export function isResumable({ state }: DerivedState, { wish, end }: Pick<RunFacts, 'wish' | 'end'>): boolean {
  if (isUnderWay(state) || state === 'finished') return false;
  return !(state === 'stopped' && (wish === 'discard' || end?.reason === 'discard'));
}
