import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type {
  Evaluation,
  EvaluationImagesQuery,
  EvaluationSettings,
  ScoredImage,
} from '../../../src-shared/contract/evaluations.ts';
import { keptFailure } from '../../../src-shared/contract/failure.ts';
import type { EvaluationReport } from '../../../src-shared/contract/report.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Database } from '../../database/open.ts';
import { ownIdentity } from '../../workers/process-liveness.ts';
import type { Datasets } from '../datasets/service.ts';
import { computeEnvironment } from '../engine/service.ts';
import type { Events } from '../events/service.ts';
import type { LibraryPaths } from '../library/service.ts';
import { requireCheckpoint } from '../scoring/service.ts';
import type { AskForPlace } from '../scoring/service.ts';
import type { ReportProgress, Tasks } from '../tasks/service.ts';
import { describeFolder, readFolders, REPORT_FILES } from './evaluation-folder.ts';
import type { ReportFile } from './evaluation-folder.ts';
import { evaluationRows } from './evaluation-rows.ts';
import type { StoredPredictions } from './stored-predictions.ts';

/** Evaluations, computed one after another; `progress` and the event `evaluation` tell how far. */
export interface Evaluations {
  /** @throws AppError not_found, conflict (a data set that isn't read) */
  start(settings: EvaluationSettings): Promise<Evaluation>;
  list(): Evaluation[];
  /** @throws AppError not_found, as all that follow */
  get(id: string): Evaluation;
  /** Scored images of a report, the most confident first, and how many there are. @throws AppError also bad_file */
  images(query: EvaluationImagesQuery): Promise<{ total: number; images: ScoredImage[] }>;
  cancel(id: string): Promise<Evaluation>;
  remove(id: string): Promise<void>;
  /** A file of the report, absolute. */
  reportPath(id: string, file: string): string;
  /** Reads back what the folders below "reports" describe and the database doesn't know. */
  rebuild(): Promise<{ found: number; added: number; problems: string[] }>;
}

export interface EvaluationsOptions {
  database: Database;
  datasets: Datasets;
  events: Events;
  tasks: Tasks;
  paths: Pick<LibraryPaths, 'home' | 'reports'>;
  versions: Record<string, string>;
  /** Waits until there is memory beside what trains. */
  place: AskForPlace;
}

/** Reports whose predictions are kept in memory: the one somebody looks at, and the one they compare it with. */
const REMEMBERED = 2;

export function createEvaluations(options: EvaluationsOptions): Evaluations {
  const { database, datasets, events, tasks, paths, versions, place } = options;
  const rows = evaluationRows(database);
  const folderOf = (id: string): string => join(paths.reports, id);
  /** The evaluation before: one at a time, or they would take each other's memory. */
  let turn: Promise<void> = Promise.resolve();

  const get = (id: string): Evaluation => {
    const evaluation = rows.get(id, tasks.progress(id));
    if (!evaluation) throw new AppError('not_found', `There is no evaluation ${id.slice(0, 40)}.`);
    return evaluation;
  };
  const predictions = new Map<string, Promise<StoredPredictions>>();
  const predictionsOf = (id: string): Promise<StoredPredictions> => {
    const path = reportPath(id, 'csv');
    const known = predictions.get(id) ?? import('./stored-predictions.ts').then((read) => read.readPredictions(path));
    predictions.delete(id);
    predictions.set(id, known);
    if (predictions.size > REMEMBERED) predictions.delete(predictions.keys().next().value!);
    known.catch(() => predictions.delete(id));
    return known;
  };
  const reportPath = (id: string, file: string): string => {
    const { report } = get(id);
    if (report === null || !Object.hasOwn(REPORT_FILES, file))
      throw new AppError('not_found', `The evaluation ${id} has no ${file.slice(0, 20)} report.`);
    return join(folderOf(id), REPORT_FILES[file as ReportFile]);
  };
  const tell = (id: string): void => {
    const { state, progress } = get(id);
    events.publish({ topic: 'evaluation', id, state, progress });
  };
  /** Stores what is so now, in the database and in the folder. */
  const put = async (evaluation: Evaluation): Promise<void> => {
    const working = evaluation.state === 'queued' || evaluation.state === 'running';
    rows.update(evaluation, working ? ownIdentity() : null);
    tell(evaluation.id);
    // The database has it; a full disk must not hide what happened.
    const told = { evaluation: get(evaluation.id), settings: rows.settingsOf(evaluation.id) };
    await describeFolder(folderOf(evaluation.id), told).catch(() => {});
  };

  const compute = async (
    id: string,
    settings: EvaluationSettings,
    { signal, report: onProgress }: { signal: AbortSignal; report: ReportProgress },
  ): Promise<void> => {
    const waited = turn;
    let done = (): void => {};
    turn = new Promise((resolve) => (done = resolve));
    try {
      await Promise.race([waited, aborted(signal)]);
      if (signal.aborted) throw signal.reason;
      await put({ ...get(id), state: 'running' });
      const { root } = get(id).dataset;
      const { splitSeed, source, name } = datasets.get(settings.dataset);
      // Loaded when the first is computed: a host must answer at once.
      const { evaluate } = await import('./evaluate.ts');
      const { report } = await evaluate({
        ...settings,
        folder: root,
        // A folder that Vitrine has unpacked is named by its id.
        datasetName: source === 'zip' ? name : undefined,
        splitSeed: splitSeed ?? 0,
        report: folderOf(id),
        home: paths.home,
        versions,
        environment: computeEnvironment,
        place,
        signal,
        onProgress,
      });
      await put({ ...finished(get(id), report), state: 'finished' });
    } catch (error) {
      const cancelled = signal.aborted;
      const at = { ...get(id), finishedAt: new Date().toISOString() };
      if (cancelled) await put({ ...at, state: 'cancelled', error: keptFailure(signal.reason) });
      else await put({ ...at, state: 'failed', error: keptFailure(error) });
      if (!cancelled && !(error instanceof AppError)) throw error;
    } finally {
      // Whoever comes next also waits for those before this one.
      void waited.then(done);
    }
  };

  return {
    async start(settings) {
      const dataset = datasets.get(settings.dataset);
      if (dataset.state === 'reading' || dataset.state === 'failed')
        throw new AppError('conflict', `The data set ${dataset.name} is not read.`, {
          hint: 'Wait until its state is "ready", or refresh it.',
        });
      requireCheckpoint(settings.checkpoint);
      const path = resolve(settings.checkpoint);
      const evaluation: Evaluation = {
        id: randomBytes(8).toString('hex'),
        state: 'queued',
        progress: null,
        error: null,
        checkpoint: { path, name: basename(path), sha256: null, architecture: null },
        dataset: { id: dataset.id, name: dataset.name, root: dataset.root, split: settings.split },
        result: null,
        report: null,
        createdAt: new Date().toISOString(),
        finishedAt: null,
      };
      const { skipBad, batch, seed } = settings;
      await describeFolder(folderOf(evaluation.id), { evaluation, settings: { skipBad, batch, seed } });
      rows.insert(evaluation, { skipBad, batch, seed }, ownIdentity());
      const { id } = evaluation;
      tasks.start(id, {
        work: (signal, report) => compute(id, { ...settings, checkpoint: path }, { signal, report }),
        tell: () => tell(id),
      });
      tell(id);
      return get(id);
    },
    list: () => rows.list((id) => tasks.progress(id)),
    get,
    async images(query) {
      const stored = await predictionsOf(query.id);
      const { selectImages } = await import('./stored-predictions.ts');
      const found = selectImages(stored, query);
      const page = found.slice(query.offset, query.offset + query.limit);
      const { id } = get(query.id).dataset;
      const places =
        id === null
          ? null
          : datasets.positions(
              id,
              page.map((image) => stored.names[image]!),
            );
      const images = page.map((image) => {
        const name = stored.names[image]!;
        const place = places?.get(name);
        return {
          ...{ image, name },
          truth: stored.truth[image]!,
          predicted: stored.predicted[image]!,
          confidence: stored.confidence[image]!,
          labelProbability: stored.labelProbability[image]!,
          thumbnail: place === undefined ? null : `/media/thumbnails/${id}/${place}`,
        };
      });
      return { total: found.length, images };
    },
    async cancel(id) {
      get(id);
      await tasks.cancel(id);
      return get(id);
    },
    async remove(id) {
      get(id);
      await tasks.cancel(id);
      rows.remove(id);
      predictions.delete(id);
      await rm(folderOf(id), { recursive: true, force: true });
      events.publish({ topic: 'evaluation', id, state: 'removed', progress: null });
    },
    reportPath,
    async rebuild() {
      const { found, problems } = await readFolders(paths.reports);
      const unknown = found.filter(({ evaluation }) => rows.get(evaluation.id, null) === null);
      for (const { evaluation, settings } of unknown) rows.insert(evaluation, settings, null);
      return { found: found.length, added: unknown.length, problems };
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function finished(evaluation: Evaluation, report: EvaluationReport): Evaluation {
  const { scored, files, complete, top1, top5, loss, macroF1, calibration, checkpoint } = report;
  return {
    ...evaluation,
    checkpoint: { ...evaluation.checkpoint, sha256: checkpoint.sha256, architecture: checkpoint.architecture },
    result: {
      scored,
      files,
      complete,
      top1: top1.value,
      top1Interval: top1.interval,
      top5: top5?.value ?? null,
      loss: loss.value,
      lossInterval: loss.interval,
      macroF1: macroF1.value,
      ece: calibration.ece,
    },
    finishedAt: new Date().toISOString(),
  };
}
