import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { configHash } from '../../../src-shared/config/identity.ts';
import { resolveConfig } from '../../../src-shared/config/resolve.ts';
import type { RunRequest } from '../../../src-shared/contract/run-request.ts';
import type { RunEvent, RunInput } from '../../../src-shared/contract/runs.ts';
import type { ImageList, TrainInput } from '../../../src-shared/contract/worker.ts';
import { isDatasetName } from '../../../src-shared/data/named.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { LibraryPaths } from '../library/service.ts';
import { findCheckpoint } from './find-checkpoint.ts';
import { readRunRecord } from './folder.ts';
import type { RunRow } from './store.ts';

/** A folder of images, checked and ready to train on. */
export interface PreparedImages {
  root: string;
  classNames: string[];
  manifestHash: string;
  notes: string[];
  /** By split as asked for. */
  selections: Record<string, ImageList>;
}

export interface PrepareOptions {
  /** What is trained on, and what is tested on. */
  splits: string[];
  /** What an image in both is: an error (default), or something to tell. */
  overlap?: 'refuse' | 'note';
  exif: 'ignore' | 'exif';
  skipBad: boolean;
  signal: AbortSignal;
  onProgress: (phase: 'list' | 'check' | 'import', done: number, total: number) => void;
}

/** Everything a run needs of a folder before its first step (services/datasets). */
export type PrepareImages = (folder: string, options: PrepareOptions) => Promise<PreparedImages>;

export interface AskedOptions {
  paths: LibraryPaths;
  owner: RunRequest['owner'];
  /** What the library calls the data set that lies there; null where it has none. */
  datasetName?: ((root: string) => string | null) | undefined;
}

export interface Asked {
  workdir: string;
  request: RunRequest;
  /** What a person should know of the configuration. */
  notes: string[];
}

/**
 * What is asked for, checked as far as it can be without reading images.
 * @throws AppError config, usage, not_found, conflict (another run's workdir)
 */
export function askedFor(input: RunInput, { paths, owner, datasetName }: AskedOptions): Asked {
  const cwd = resolve(paths.home, input.cwd ?? '.');
  const { preset, config, notes } = resolveConfig({
    config: input.preset,
    overrides: input.overrides,
    hasCheckpoint: input.checkpoint !== undefined,
  });
  if (config.dataset === '')
    throw new AppError('config', 'config.dataset is empty.', {
      hint: 'Give the folder of images, or a data set by its name: --config.dataset=FOLDER.',
    });
  const checkpoint = findCheckpoint(input.checkpoint, config, { checkpoints: paths.checkpoints, cwd });
  const dataset = placeOf(cwd, config.dataset);
  const called = datasetName?.(dataset) ?? null;
  const onDataset = called ?? basename(dataset);
  const name = input.name ?? (input.workdir === undefined ? nameOf(checkpoint, onDataset) : basename(input.workdir));
  const workdir = input.workdir === undefined ? newWorkdir(paths.runs, name) : resolve(cwd, input.workdir);
  return {
    workdir,
    notes,
    request: {
      name,
      createdAt: new Date().toISOString(),
      owner,
      preset,
      overrides: input.overrides,
      config,
      checkpoint,
      dataset,
      ...(called === null ? {} : { datasetName: called }),
      skipBad: input.skipBad,
      continueRun: input.continueRun,
      allowNan: input.allowNan,
      threads: input.threads ?? null,
    },
  };
}

/** A folder or file, absolute; the name of a data set stays one. */
function placeOf(cwd: string, dataset: string): string {
  const path = resolve(cwd, dataset);
  return isDatasetName(dataset) && !existsSync(path) ? dataset : path;
}

/** Refuses a workdir in which another configuration was trained; the worker compares the rest. @throws AppError conflict */
export function refuseOther({ workdir, request: { config, extend } }: Pick<RunRow, 'workdir' | 'request'>): void {
  const known = readRunRecord(workdir);
  if (known === null || extend || configHash(known.config) === configHash(config)) return;
  throw new AppError('conflict', `${workdir} belongs to another run: its configuration is another.`, {
    hint: 'Choose another workdir, or resume that run.',
    details: { workdir },
  });
}

function nameOf(checkpoint: string, dataset: string): string {
  return `${basename(checkpoint).replace(/\.[^.]+$/, '')} on ${dataset}`.slice(0, 200);
}

/** A folder that isn't there yet, after the run's name. */
function newWorkdir(runs: string, name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  for (let n = 1; ; n++) {
    const path = join(runs, `${plain || 'run'}${n === 1 ? '' : `-${n}`}`);
    if (!existsSync(path)) return path;
  }
}

export interface PrepareRunOptions {
  prepare: PrepareImages;
  versions: Record<string, string>;
  signal: AbortSignal;
  tell: (event: RunEvent) => void;
}

/**
 * Reads a run's images and puts together all that its worker needs. Also a resumed run's are read again: images that
 * changed since must be noticed.
 * @throws AppError bad_dataset and others of the data set; not_found; interrupted
 */
export async function prepareRun({ workdir, request }: RunRow, options: PrepareRunOptions): Promise<TrainInput> {
  const { tell, signal, versions } = options;
  const { checkpoint } = request;
  if (checkpoint === null || !existsSync(checkpoint)) {
    throw new AppError('not_found', `There is no checkpoint ${checkpoint ?? `for ${workdir}`}.`, {
      hint: 'A run goes on from the file it started from: put it back, or name it: vitrine train --workdir=… --checkpoint=…',
    });
  }
  const { config } = request;
  const splits = [config.pp.train, config.pp.test];
  const images = await options.prepare(request.dataset, {
    splits,
    exif: config.vitrine.exif,
    skipBad: request.skipBad,
    // What older versions began isn't lost: it goes on as it is.
    overlap: readRunRecord(workdir) === null ? 'refuse' : 'note',
    signal,
    onProgress: (phase, done, total) => tell({ type: 'preparing', phase, done, total }),
  });
  const [train, test] = splits.map((split) => images.selections[split]!) as [ImageList, ImageList];
  for (const text of images.notes) tell({ type: 'note', text });
  const counts = { train: train.paths.length, test: test.paths.length };
  tell({ type: 'dataset', root: images.root, classes: images.classNames.length, ...counts });
  return {
    workdir,
    config,
    checkpoint,
    continueRun: request.continueRun,
    allowNan: request.allowNan,
    classNames: images.classNames,
    train,
    test,
    manifestHash: images.manifestHash,
    versions,
    request: { ...request, checkpoint },
    ...(request.extend ? { extend: true } : {}),
    ...(request.branch ? { branch: request.branch } : {}),
  };
}
