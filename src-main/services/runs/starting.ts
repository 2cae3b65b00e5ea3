import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLeaf } from '../../../src-shared/config/run-config.ts';
import { RUN_FILES } from '../../../src-shared/contract/run-files.ts';
import type { RequestFile } from '../../../src-shared/contract/run-files.ts';
import type { RunRequest } from '../../../src-shared/contract/run-request.ts';
import type { RunEvent, RunInput, RunSummary } from '../../../src-shared/contract/runs.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { createEventQueue } from './event-queue.ts';
import { readRunRecord, runId } from './folder.ts';
import type { RunKeeper, RunsOptions } from './keeper.ts';
import type { Follower } from './live.ts';
import { askedFor, refuseOther } from './request.ts';
import type { RunRow } from './store.ts';

/** One of them. */
export interface ToTrain {
  start?: RunInput | undefined;
  resume?: string | undefined;
  extend?: { id: string; totalSteps: number } | undefined;
}

/** How runs begin and go on: through the queue of a host that stays, or at once in the command line's own process. */
export function createStarting({ paths, datasetName }: RunsOptions, keeper: RunKeeper, rowOf: (id: string) => RunRow) {
  const { store, owner, refresh } = keeper;

  const rowFrom = (input: RunInput): { row: RunRow; notes: string[] } => {
    const { workdir, request, notes } = askedFor(input, { paths, owner, datasetName });
    if (input.branch) request.branch = branchPoint(input.branch);
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

  /** The saved state that another run is to begin with. @throws AppError not_found, conflict where there is none */
  const branchPoint = ({ run, step }: NonNullable<RunInput['branch']>): NonNullable<RunRequest['branch']> => {
    const parent = rowOf(run);
    const { savedStep } = keeper.folderOf(parent);
    if (savedStep !== null && (step === undefined || step === savedStep))
      return { workdir: parent.workdir, step: savedStep };
    const found = savedStep === null ? 'none yet' : `that of step ${savedStep}`;
    const of = step === undefined ? '' : ` of step ${step}`;
    throw new AppError('conflict', `The run "${parent.name}" has no saved state${of}: ${found}.`, {
      hint: 'A run keeps its newest state. Pause it where it should branch, or leave the step out.',
      details: { id: run, savedStep },
    });
  };

  /** A finished run that is to have more steps. */
  const rowToExtend = ({ id, totalSteps }: { id: string; totalSteps: number }): RunRow => {
    const row = rowOf(id);
    keeper.refuseUnderWay(row);
    const { state } = refresh(row);
    const { config, overrides } = row.request;
    if (state !== 'finished')
      throw new AppError('conflict', `The run "${row.name}" is ${state}: only one that is finished gets more steps.`, {
        hint: 'The learning rate follows total_steps, so a run keeps its length until its end.',
        details: { id, state },
      });
    if (totalSteps <= config.total_steps)
      throw new AppError('usage', `The run "${row.name}" has ${config.total_steps} steps; ${totalSteps} are no more.`);
    const others = overrides.filter((flag) => !flag.startsWith('--config.total_steps='));
    const request = {
      ...row.request,
      owner,
      extend: true,
      config: withLeaf(config, 'total_steps', totalSteps),
      overrides: [...others, `--config.total_steps=${totalSteps}`],
    };
    return { ...row, wish: 'run', wishedAt: Date.now(), refusal: null, request };
  };

  /** The run that is asked to go on. */
  const rowToResume = (id: string): RunRow => {
    const row = rowOf(id);
    keeper.refuseUnderWay(row);
    const { state, resumable } = refresh(row);
    if (resumable)
      return { ...row, wish: 'run', wishedAt: Date.now(), refusal: null, request: { ...row.request, owner } };
    throw new AppError('conflict', `The run "${row.name}" is ${state}: there is nothing to go on with.`, {
      hint: state === 'finished' ? '"vitrine runs extend" gives it more steps.' : undefined,
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
      refuseOther(row);
      enqueue(row);
    } catch (error) {
      followers.delete(follower);
      throw error;
    }
  };

  const refuseWithoutHost = (command: string): void => {
    if (owner === 'host') return;
    throw new AppError('conflict', 'Nobody is here to look after the run when this command has ended.', {
      hint: `Start "vitrine serve", or train in this terminal: ${command}.`,
    });
  };

  return {
    start(this: void, input: RunInput): RunSummary {
      const { row, notes } = rowFrom(input);
      refuseOther(row);
      const summary = enqueue(row);
      for (const text of notes) store.note(row.id, 'note', { text });
      return summary;
    },

    resume(this: void, id: string): RunSummary {
      refuseWithoutHost('vitrine runs resume ID');
      return enqueue(rowToResume(id));
    },

    extend(this: void, extension: { id: string; totalSteps: number }): RunSummary {
      refuseWithoutHost('vitrine runs extend ID --steps N');
      return enqueue(rowToExtend(extension));
    },

    /** Starts or resumes, and tells of it to the end. */
    async *train(this: void, { start, resume, extend }: ToTrain): AsyncGenerator<RunEvent, void> {
      if ([start, resume, extend].filter((what) => what !== undefined).length !== 1)
        throw new AppError('usage', 'Give either a run to start, one to resume or one to extend.');
      const known = extend ? rowToExtend(extend) : resume === undefined ? null : rowToResume(resume);
      const { row, notes } = known ? { row: known, notes: [] } : rowFrom(start!);
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
