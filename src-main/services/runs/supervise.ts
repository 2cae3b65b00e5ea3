import type { DeviceBroker } from '../../workers/device-broker.ts';
import type { RunKeeper } from './keeper.ts';
import type { RunRow } from './store.ts';

/** Milliseconds between two looks at what other processes did. */
const LOOK_MS = 1000;

/**
 * Takes over the runs that are there, as a host that has just started: follows trainings that go on without their main,
 * sees which are gone, and starts what waits. Later the same for what the command line adds.
 * @returns ends it
 */
export function superviseRuns(keeper: RunKeeper, broker: DeviceBroker): () => void {
  const { store } = keeper;

  const takeOver = (row: RunRow): void => {
    const folder = keeper.folderOf(row);
    // It began, and main was killed before it could take it from the queue.
    if (row.queue !== null && folder.startedAt !== null && folder.startedAt >= (row.queuedAt ?? 0)) {
      store.update(row.id, { queue: null, queuedAt: null });
      row.queue = null;
    }
    if (folder.owner) {
      const live = keeper.liveOf(row.id);
      if (live.attempt === null) live.lease ??= broker.trainsAlready(row.name, row.device);
      keeper.attend(row);
    } else if (row.queue !== null) {
      keeper.attend(row);
    }
    keeper.refresh(row);
  };
  const look = (): void => {
    if (!keeper.isOpen()) return;
    for (const row of store.open()) if (!keeper.lives.get(row.id)?.unwatch) takeOver(row);
  };

  for (const row of store.open()) takeOver(row);
  const endListening = broker.onRelease(() => keeper.guarded(null, () => keeper.pump()));
  keeper.pump();
  // Rows that the command line writes, and interrupted runs that somebody takes up again.
  const timer = setInterval(() => keeper.guarded(null, look), LOOK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    endListening();
  };
}
