import { watch } from 'node:fs';
import { RUN_FILES } from '../../../src-shared/contract/run-files.ts';

/** What of a run's folder changed. */
export interface FolderRings {
  metrics: () => void;
  state: () => void;
}

/** Milliseconds in which changes count as one. */
const METRICS_MS = 20;
const STATE_MS = 50;
/** Where the system tells of no changes (network drives), and to see a process that was killed: it changes no file. */
const POLL_MS = 500;

const STATE_FILES: readonly string[] = [RUN_FILES.lock, RUN_FILES.end, RUN_FILES.run, RUN_FILES.timeline];

/** Rings when a run's files change, and now and then. @returns ends it */
export function watchFolder(workdir: string, rings: FolderRings): () => void {
  const metrics = throttled(rings.metrics, METRICS_MS);
  const state = throttled(rings.state, STATE_MS);
  const end = (): void => {
    clearInterval(timer);
    watcher?.close();
    metrics.cancel();
    state.cancel();
  };
  const timer = setInterval(() => {
    metrics.ring();
    state.ring();
  }, POLL_MS);
  timer.unref();
  let watcher: ReturnType<typeof watch> | null = null;
  try {
    watcher = watch(workdir, { persistent: false }, (_, name) => {
      if (name === RUN_FILES.metrics) metrics.ring();
      else if (name !== null && STATE_FILES.includes(name)) state.ring();
    });
    watcher.on('error', () => {}); // the folder went: the poll goes on
  } catch {
    // Not there, or too many are watched: the poll is enough.
  }
  return end;
}

/** Calls at once, and again at the end of an interval in which it was rung. */
function throttled(callback: () => void, milliseconds: number): { ring: () => void; cancel: () => void } {
  let timer: NodeJS.Timeout | null = null;
  let rung = false;
  const cool = (): void => {
    timer = setTimeout(() => {
      timer = null;
      if (rung) ring();
    }, milliseconds);
    timer.unref();
  };
  const ring = (): void => {
    if (timer !== null) {
      rung = true;
      return;
    }
    rung = false;
    cool();
    callback();
  };
  return { ring, cancel: () => timer !== null && clearTimeout(timer) };
}
