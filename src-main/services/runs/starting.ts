import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FILES } from '../../../src-shared/contract/run-files.ts';
import type { RequestFile } from '../../../src-shared/contract/run-files.ts';
import type { RunEvent, RunInput, RunSummary } from '../../../src-shared/contract/runs.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { createEventQueue } from './event-queue.ts';
import { readRunRecord, runId } from './folder.ts';
import type { RunKeeper, RunsOptions } from './keeper.ts';
import type { Follower } from './live.ts';
import { askedFor, refuseOther } from './request.ts';
import type { RunRow } from './store.ts';

/** How runs begin and go on: through the queue of a host that stays, or at once in the command line's own process. */
export function createStarting({ paths }: RunsOptions, keeper: RunKeeper, rowOf: (id: string) => RunRow) {
  const { store, owner, refresh } = keeper;

  const rowFrom = (input: RunInput): { row: RunRow; notes: string[] } => {
    const { workdir, request, notes } = askedFor(input, { paths, owner });
    const id = runId(workdir, paths.runs);
    const known = store.get(id);
    const now = Date.now();
    const row: RunRow = {
      id,
      workdir,
      name: input.name ?? known?.name ?? request.name,
      tags: input.tags.length > 0 ? input.tags : (known?.tags ?? []),
      request,
      wish: 'run',
      wishedAt: now,
      priority: input.priority,
      queue: null,
      queuedAt: null,
      device: null,
      refusal: null,
      summary: known?.summary ?? { cause: null, error: null, step: 0, savedStep: null, resumable: false },
      state: known?.state ?? 'interrupted',
      createdAt: known?.createdAt ?? now,
      changedAt: now,
    };
    return { row, notes };
  };

  /** The run that is asked to go on. */
  const rowToResume = (id: string): RunRow => {
    const row = rowOf(id);
    keeper.refuseUnderWay(row);
    const { state, resumable } = refresh(row);
    if (resumable)
      return { ...row, wish: 'run', wishedAt: Date.now(), refusal: null, request: { ...row.request, owner } };
    throw new AppError('conflict', `The run "${row.name}" is ${state}: there is nothing to go on with.`, {
      hint: state === 'finished' ? 'To train on, start another run from its model.npz.' : undefined,
      details: { id, state },
    });
  };

  const enqueue = (row: RunRow): RunSummary => {
    keeper.refuseUnderWay(row);
    describe(row);
    store.together(() => {
      store.put({ ...row, queue: store.nextPlace(), queuedAt: Date.now() });
      store.note(row.id, 'queued');
    });
    keeper.attend(rowOf(row.id));
    refresh(rowOf(row.id));
    keeper.pump();
    return refresh(rowOf(row.id));
  };

  /** At once, in this process; what is refused before it begins leaves the library as it was. */
  const trainHere = (row: RunRow, follower: Follower): void => {
    const before = store.get(row.id);
    const live = keeper.liveOf(row.id);
    const { failed } = follower;
    follower.failed = (error) => {
      if (keeper.isOpen() && !live.begun)
        keeper.guarded(null, () => {
          if (before) store.put(before);
          else if (!keeper.folderOf(row).begun) store.remove(row.id);
        });
      failed(error);
    };
    store.put(row);
    live.followers.add(follower);
    keeper.launch(row, null);
  };

  const trainInHost = (row: RunRow, follower: Follower): void => {
    const { followers } = keeper.liveOf(row.id);
    followers.add(follower);
    try {
      refuseOther(row.workdir, row.request.config);
      enqueue(row);
    } catch (error) {
      followers.delete(follower);
      throw error;
    }
  };

  return {
    start(this: void, input: RunInput): RunSummary {
      const { row, notes } = rowFrom(input);
      refuseOther(row.workdir, row.request.config);
      const summary = enqueue(row);
      for (const text of notes) store.note(row.id, 'note', { text });
      return summary;
    },

    resume(this: void, id: string): RunSummary {
      if (owner === 'cli')
        throw new AppError('conflict', 'Nobody is here to look after the run when this command has ended.', {
          hint: 'Start "vitrine serve", or train in this terminal: vitrine runs resume ID.',
        });
      return enqueue(rowToResume(id));
    },

    /** Starts or resumes, and tells of it to the end. */
    async *train(
      this: void,
      { start, resume }: { start?: RunInput | undefined; resume?: string | undefined },
    ): AsyncGenerator<RunEvent, void> {
      if ((start === undefined) === (resume === undefined))
        throw new AppError('usage', 'Give either a run to start or one to resume.');
      const { row, notes } = start ? rowFrom(start) : { row: rowToResume(resume!), notes: [] };
      const queue = createEventQueue<RunEvent>();
      const follower: Follower = {
        tell: (event) => queue.push(event),
        done: (result) => {
          queue.push({ type: 'result', ...result });
          queue.end();
        },
        failed: (error) => queue.fail(error),
      };
      for (const text of notes) queue.push({ type: 'note', text });
      if (owner === 'cli') trainHere(row, follower);
      else trainInHost(row, follower);
      try {
        // Another command line that was refused in that folder may have taken the row away.
        yield { type: 'run', run: refresh(store.get(row.id) ?? row) };
        yield* queue;
      } finally {
        keeper.lives.get(row.id)?.followers.delete(follower);
      }
    },
  };
}

/** A folder that waits in the queue says already what it will be. */
function describe({ workdir, request }: RunRow): void {
  mkdirSync(workdir, { recursive: true });
  if (readRunRecord(workdir) !== null || request.checkpoint === null) return;
  const file: RequestFile = {
    format: 'vitrine-run-request',
    version: 1,
    ...request,
    checkpoint: request.checkpoint,
    input: null,
  };
  writeFileSync(join(workdir, RUN_FILES.request), `${JSON.stringify(file)}\n`);
}
