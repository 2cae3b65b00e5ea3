import { setTimeout } from 'node:timers/promises';
import type { RunSummary } from '../../../src-shared/contract/runs.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Library } from '../../app/library.ts';
import type { Kept } from './kept.ts';

/** What to do with trainings when the app ends. */
export type Farewell = 'pause' | 'stop' | 'cancel';

export interface QuitOptions {
  library: Pick<Library, 'runs'>;
  kept: Kept;
  /** Whether a process ends with this app; others' trainings go on without it. */
  isOwn: (pid: number | null) => boolean;
  ask: (names: readonly string[]) => Promise<Farewell>;
  onBug: (error: unknown) => void;
}

export interface Quit {
  /** Names of the trainings that would end with the app. */
  going(): string[];
  /** Asks, and does what was said. @returns whether the app may end now; a second call while one asks says no */
  prepare(): Promise<boolean>;
  /** Asks nobody: pauses what goes, as far as the time allows. */
  pauseWithin(milliseconds: number): Promise<void>;
}

/** A step, an evaluation or a compilation may have to end first, ms. After that the app ends all the same. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 100;

/** Ends trainings in an orderly way before the app ends, since their processes end with it. */
export function createQuit({ library: { runs }, kept, isOwn, ask, onBug }: QuitOptions): Quit {
  const mine = (): RunSummary[] =>
    runs.list({ limit: 1000, offset: 0 }).runs.filter(({ state, owner, pid }) => {
      if (owner !== 'host') return false;
      return state === 'preparing' || ((state === 'running' || state === 'pausing') && isOwn(pid));
    });
  let asking = false;

  const end = async (farewell: 'pause' | 'stop', patience: number): Promise<void> => {
    const until = Date.now() + patience;
    runs.rest(true); // the next of the queue would begin where one ends
    const going = mine();
    // Before they are paused: whatever happens now, they go on at the next start.
    if (farewell === 'pause') kept.set({ resume: going.filter(wasGoing).map(({ id }) => id) });
    const asked = going
      .filter(wasGoing)
      .map(({ id }) => (farewell === 'pause' ? runs.pause(id) : runs.stop(id, { keep: true })));
    for (const each of asked) each.catch((error: unknown) => error instanceof AppError || onBug(error)); // ended already
    while (mine().length > 0 && Date.now() < until) await setTimeout(LOOK_MS);
  };

  return {
    going: () => mine().map(({ name }) => name),
    async prepare() {
      if (asking) return false;
      const names = mine().map(({ name }) => name);
      if (names.length === 0) return true;
      asking = true;
      try {
        const farewell = await ask(names);
        if (farewell === 'cancel') return false;
        await end(farewell, PATIENCE_MS);
        return true;
      } finally {
        asking = false;
      }
    },
    async pauseWithin(milliseconds) {
      if (mine().length > 0) await end('pause', milliseconds);
    },
  };
}

/** A run that a person is pausing stays paused. */
function wasGoing({ state }: RunSummary): boolean {
  return state !== 'pausing';
}

/** Takes up again what the last end of the app paused. */
export function resumePaused({ library: { runs }, kept }: Pick<QuitOptions, 'library' | 'kept'>): void {
  const { resume } = kept.current();
  if (resume.length === 0) return;
  for (const id of resume) {
    try {
      runs.resume(id);
    } catch (error) {
      if (!(error instanceof AppError)) throw error; // finished, removed or resumed elsewhere in between
    }
  }
  kept.set({ resume: [] });
}
