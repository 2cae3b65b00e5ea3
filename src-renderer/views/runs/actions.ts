import type { RunState, RunSummary } from '../../../src-shared/contract/runs.ts';
import { strings } from './strings.ts';

type ActionName = 'pause' | 'resume' | 'evaluate' | 'stop' | 'remove';

/** What can be asked of a run as it stands: null where it can, else why not. */
export function canAct({
  state,
  resumable,
}: Pick<RunSummary, 'state' | 'resumable'>): Record<ActionName, string | null> {
  const word = strings.states[state].toLowerCase();
  const trains = state === 'running';
  const lives = LIVING.has(state);
  return {
    pause: trains ? null : strings.cannot.pause(word),
    evaluate: trains ? null : strings.cannot.evaluate(word),
    // A run that is queued needs no stopping twice: it is taken out of the queue.
    stop: lives && state !== 'pausing' ? null : strings.cannot.stop(word),
    resume: !lives && resumable ? null : strings.cannot.stop(word),
    remove: lives ? strings.cannot.remove : null,
  };
}

const LIVING: ReadonlySet<RunState> = new Set<RunState>(['queued', 'preparing', 'running', 'pausing']);
