import type { RunChange } from '../../../src-shared/contract/runs.ts';
import type { Events } from '../events/service.ts';
import type { RunKeeper } from './keeper.ts';
import type { RunRow } from './store.ts';

/** What changes of one run, beginning with how it stands; ends with the signal, or when the run is forgotten. */
export async function* watchRun(
  row: RunRow,
  signal: AbortSignal,
  { keeper, events }: { keeper: RunKeeper; events: Events },
): AsyncGenerator<RunChange, void> {
  const { id } = row;
  const live = keeper.liveOf(id);
  live.watchers++;
  const left = new AbortController();
  const changes = events.watch({ signal: AbortSignal.any([signal, left.signal]) });
  // Watching begins before the first look, so that nothing happens in between unseen.
  let next = changes.next();
  try {
    keeper.attend(row);
    yield { type: 'run', run: keeper.refresh(keeper.store.get(id) ?? row) };
    for (;;) {
      const { value, done } = await next;
      if (done) return;
      next = changes.next();
      const { event } = value;
      if (event.topic === 'run' && event.id === id) yield event.change;
      if (event.topic === 'reset') yield { type: 'points', points: [], reread: true };
      if (event.topic === 'runs' && event.id === id && event.run === null) return;
    }
  } finally {
    left.abort();
    live.watchers--;
    const now = keeper.isOpen() ? keeper.store.get(id) : null;
    if (now) keeper.refresh(now);
  }
}
