import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import type { Download } from '../../../src-shared/contract/downloads.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Database } from '../../database/open.ts';
import type { Checkpoints } from '../checkpoints/service.ts';
import type { Events } from '../events/service.ts';
import type { Statfs } from '../library/service.ts';
import type { Network, Patience } from '../network/service.ts';
import type { SettingsService } from '../settings/service.ts';
import { BACKOFF, type Backoff } from './backoff.ts';
import { createDiskRoom, writeFailure } from './disk-room.ts';
import { failureOf, newJob, viewOf, type DownloadJob } from './download-job.ts';
import { fetchFile } from './fetch-file.ts';
import { placeFiles } from './place-files.ts';
import { queueTable } from './queue-table.ts';
import { resolveAddress, resolveAugreg } from './resolve-name.ts';
import { inOrder, shownAddress, type Resolved } from './source.ts';
import { createTokenBucket } from './token-bucket.ts';

export { fetchArchive } from './fetch-archive.ts';
export type { Resolved, Source } from './source.ts';

export interface Downloads {
  /** In the queue's order. */
  list(): Download[];
  /**
   * Puts a checkpoint by its name, or an address, into the queue. What is there already is given back, and tried again
   * where it had failed or was paused.
   * @throws AppError not_found, usage, conflict
   */
  add(what: string, options?: { sha256?: string | undefined }): Download;
  /** Without an id, all. @throws AppError not_found */
  pause(id?: number): void;
  resume(id?: number): void;
  /** Puts one before another, or at the end. @throws AppError not_found */
  move(id: number, before: number | null): void;
  /** Forgets one and deletes what is there of it; a finished checkpoint stays. @throws AppError not_found */
  remove(id: number): Promise<void>;
  /** Stops all; they go on where they were when the library is opened again. */
  close(): Promise<void>;
}

export interface DownloadsOptions {
  database: Database;
  events: Events;
  settings: SettingsService;
  network: Network;
  checkpoints: Pick<Checkpoints, 'inspectFile' | 'add' | 'idAt'>;
  /** The library's folder of checkpoints. */
  folder: string;
  /** Where a name's checkpoint can be had (the catalog knows); without it AugReg's file names are. */
  resolve?: (name: string) => Resolved;
  /** Whether what waited in the queue is gone on with; otherwise only what is asked for from now on. */
  autoStart: boolean;
  backoff?: Backoff;
  patience?: Partial<Patience>;
  statfs?: Statfs;
}

/** Between two times that a running download is told about, and written down, ms. */
const TELL_MS = 200;
const SAVE_MS = 1000;
/** Until one from which nothing comes is told about again: its speed sinks. */
const SILENT_MS = 2000;

/** The queue of downloads: kept in the library, worked off a few at a time. */
export function createDownloads(options: DownloadsOptions): Downloads {
  const { database, events, settings, network, checkpoints, folder, resolve = resolveAugreg } = options;
  const table = queueTable(database);
  const room = createDiskRoom(folder, options.statfs);
  const bucket = createTokenBucket(settings.current().bandwidth);
  let jobs: DownloadJob[] = table.all().map((row) => {
    // Whoever ran it is gone: this process alone has the library.
    if (row.state === 'running' || row.state === 'verifying') row.state = 'queued';
    return newJob(row, options.autoStart);
  });
  let closed = false;

  const partsOf = (id: number): string => join(folder, '.downloads', String(id));
  const targetOf = (file: string): string => join(folder, ...file.split('/'));
  const view = (job: DownloadJob): Download => viewOf(job, checkpoints.idAt(targetOf(job.row.file)));
  const publish = (job: DownloadJob): void => {
    job.toldAt = performance.now();
    events.publish({ topic: 'download', download: view(job) });
    clearTimeout(job.telling);
    if (job.row.state === 'running' && job.running !== null) publishIn(job, SILENT_MS);
  };
  const publishIn = (job: DownloadJob, milliseconds: number): void => {
    clearTimeout(job.telling);
    job.telling = setTimeout(() => publish(job), milliseconds).unref();
  };
  const tell = (job: DownloadJob): void => {
    job.savedAt = performance.now();
    table.save(job.row);
    publish(job);
  };
  const progress = (job: DownloadJob): void => {
    const now = performance.now();
    if (now - job.savedAt >= SAVE_MS) {
      job.savedAt = now;
      table.save(job.row);
    }
    const early = TELL_MS - (now - job.toldAt);
    if (early <= 0) publish(job);
    else publishIn(job, early); // nothing may follow for long
  };
  const find = (id: number): DownloadJob => {
    const job = jobs.find(({ row }) => row.id === id);
    if (job) return job;
    throw new AppError('not_found', `There is no download ${id}.`, { hint: '"vitrine download --list" shows them.' });
  };
  const chosen = (id: number | undefined): DownloadJob[] => (id === undefined ? jobs : [find(id)]);

  const run = async (job: DownloadJob, signal: AbortSignal): Promise<void> => {
    const { row } = job;
    let inspection: Inspection | undefined;
    if (!existsSync(targetOf(row.file))) {
      const fetched = await fetchFile(row.sources, row.file, {
        id: row.id,
        network,
        bucket,
        room,
        signal,
        backoff: options.backoff ?? BACKOFF,
        patience: options.patience,
        folder: partsOf(row.id),
        first: row.source,
        inspect: (path, stop) => checkpoints.inspectFile(path, stop),
        onProgress: (bytes, total) => {
          Object.assign(row, { bytes, total });
          job.speed.add(bytes);
          progress(job);
        },
        onSource: (index, note) => {
          row.source = index;
          job.note = note;
          tell(job);
        },
        onAttempt: ({ url }, why) => {
          row.attempts.push({ at: new Date().toISOString(), address: shownAddress(url), why });
          tell(job);
        },
        onVerifying: () => {
          row.state = 'verifying';
          tell(job);
        },
      });
      // A mirror may hold another format, with a place of its own.
      row.file = fetched.source.file ?? row.file;
      row.evidence = fetched.evidence;
      inspection = fetched.inspection;
      await placeFiles(fetched.files, targetOf(row.file));
      await rm(partsOf(row.id), { recursive: true, force: true });
    } else {
      row.evidence = ['it was there'];
    }
    const source = shownAddress(row.sources[row.source]!.url);
    const checkpoint = await checkpoints.add({ path: targetOf(row.file), origin: 'download', source, inspection });
    refuseOther(row.sources[row.source]?.sha256, checkpoint.sha256, targetOf(row.file));
    Object.assign(row, { sha256: checkpoint.sha256, bytes: checkpoint.bytes, total: checkpoint.bytes });
  };

  const start = (job: DownloadJob): void => {
    const abort = new AbortController();
    const { row } = job;
    Object.assign(row, { state: 'running', failure: null, endedAt: null });
    job.speed = newJob(row, true).speed;
    const ended = run(job, abort.signal)
      .then(
        () => void (row.state = 'done'),
        (thrown: unknown) => {
          const error: unknown = abort.signal.aborted ? abort.signal.reason : writeFailure(thrown, targetOf(row.file));
          // Whoever stopped it has said what it is now; what was refused offline waits.
          if (row.state !== 'running' && row.state !== 'verifying') return;
          const waits = error instanceof AppError && (error.code === 'interrupted' || error.code === 'offline');
          row.state = waits ? 'queued' : 'failed';
          if (!waits) row.failure = failureOf(error);
        },
      )
      .then(() => {
        room.release(row.id);
        job.running = null;
        job.note = null;
        if (row.state === 'done' || row.state === 'failed') row.endedAt = new Date().toISOString();
        tell(job);
        pump();
      });
    job.running = { abort, ended };
    tell(job);
  };

  const pump = (): void => {
    if (closed) return;
    const { offline, parallelDownloads } = settings.current();
    let free = parallelDownloads - jobs.filter(({ running }) => running !== null).length;
    for (const job of jobs) {
      if (job.row.state !== 'queued' || !job.wanted || job.running) continue;
      const needsNetwork = !job.row.sources.every(({ url }) => url.startsWith('file:'));
      const note = offline && needsNetwork ? 'Vitrine is set offline.' : null;
      if (note === null && free > 0) {
        free--;
        start(job);
      } else if (job.note !== note) {
        job.note = note;
        tell(job);
      }
    }
  };
  const requeue = (job: DownloadJob): void => {
    if (job.row.state !== 'paused' && job.row.state !== 'failed' && job.row.state !== 'queued') return;
    Object.assign(job.row, { state: 'queued', failure: null, endedAt: null });
    job.wanted = true;
    tell(job);
  };
  const stop = (job: DownloadJob, why: string): void => job.running?.abort.abort(new AppError('interrupted', why));

  const forget = settings.onChange(({ bandwidth }) => {
    bucket.setRate(bandwidth);
    pump();
  });
  queueMicrotask(pump);

  return {
    list: () => jobs.map(view),
    add(what, { sha256 } = {}) {
      const resolved = /^[a-z][a-z0-9+.-]*:\/\//i.test(what) ? resolveAddress(what, sha256) : resolve(what);
      const sources = inOrder(resolved.sources, settings.current().mirrors);
      const known = jobs.find(({ row }) => row.file === resolved.file);
      const isThere = existsSync(targetOf(resolved.file));
      if (known && (known.row.state !== 'done' || isThere)) {
        known.row.sources = sources;
        known.row.source = 0;
        requeue(known);
        queueMicrotask(pump);
        return view(known);
      }
      if (isThere && what.startsWith('file:')) {
        throw new AppError('conflict', `The library has a ${resolved.file} already.`, {
          hint: 'Give the file another name, or import it by reference: "vitrine library import FILE --link".',
        });
      }
      const job = newJob(table.insert(what, { file: resolved.file, sources }), true);
      jobs.push(job);
      tell(job);
      queueMicrotask(pump);
      return view(job);
    },
    pause(id) {
      for (const job of chosen(id)) {
        if (!['queued', 'running', 'verifying'].includes(job.row.state)) continue;
        job.row.state = 'paused';
        stop(job, 'The download was paused.');
        tell(job);
      }
    },
    resume(id) {
      chosen(id).forEach(requeue);
      pump();
    },
    move(id, before) {
      const job = find(id);
      const others = jobs.filter((other) => other !== job);
      const at = before === null ? others.length : others.indexOf(find(before));
      jobs = [...others.slice(0, at), job, ...others.slice(at)];
      table.order(jobs.map(({ row }) => row.id));
      tell(job);
    },
    async remove(id) {
      const job = find(id);
      job.row.state = 'paused';
      stop(job, 'The download was removed.');
      await job.running?.ended;
      await rm(partsOf(id), { recursive: true, force: true });
      jobs = jobs.filter((other) => other !== job);
      table.remove(id);
      events.publish({ topic: 'download-removed', id });
    },
    async close() {
      closed = true;
      forget();
      for (const job of jobs) stop(job, 'Vitrine ends.');
      for (const { running } of jobs) await running?.ended;
    },
  };
}

function refuseOther(expected: string | undefined, found: string, path: string): void {
  if (expected === undefined || expected === found) return;
  throw new AppError('conflict', `${path} is another file than the one that is published.`, {
    hint: 'Move it away, then resume.',
    details: { path, expected, found },
  });
}
