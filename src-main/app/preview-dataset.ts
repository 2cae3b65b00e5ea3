import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { resolveConfig } from '../../src-shared/config/resolve.ts';
import type { DatasetPreview } from '../../src-shared/contract/dataset-preview.ts';
import { AppError } from '../../src-shared/errors.ts';
import { computeEnvironment } from '../services/engine/service.ts';
import { runWorker } from '../workers/run-worker.ts';
import type { Library } from './library.ts';
import { trainingNeeds } from './training.ts';

export interface PreviewRequest {
  id: string;
  preset?: string | undefined;
  overrides: string[];
  checkpoint?: string | undefined;
  count: number;
  draws: number;
  epoch: number;
}

/** Sheets that are kept: what a person looks back at. */
const KEPT = 40;

/** Draws training images as a run would see them, into the library's cache. @throws AppError as a run's start does */
export async function previewDataset(
  request: PreviewRequest,
  { library, signal }: { library: Library; signal: AbortSignal },
): Promise<DatasetPreview> {
  const { id, preset, overrides, checkpoint, count, draws, epoch } = request;
  const { root, state } = library.datasets.get(id);
  if (state === 'reading' || state === 'failed')
    throw new AppError('conflict', 'The data set is not read yet.', { hint: 'Wait until its state is "ready".' });
  if (checkpoint !== undefined && !existsSync(checkpoint))
    throw new AppError('not_found', `There is no checkpoint ${checkpoint}.`, { hint: 'Check the path.' });
  const { config, notes } = resolveConfig({ config: preset, overrides, hasCheckpoint: true });
  const images = await trainingNeeds(library.paths.home).prepare(root, {
    splits: [config.pp.train],
    exif: config.vitrine.exif,
    skipBad: true,
    signal,
    onProgress: () => {},
  });
  const train = images.selections[config.pp.train]!;
  const folder = previewFolder(library.paths.home);
  await mkdir(folder, { recursive: true });
  const name = createHash('sha256')
    .update(JSON.stringify([request, images.manifestHash]))
    .digest('hex')
    .slice(0, 24);
  const result = await runWorker(
    'preview',
    {
      ...{ draws, epoch, config, train },
      count: Math.min(count, train.paths.length),
      checkpoint: checkpoint === undefined ? null : resolve(checkpoint),
      classNames: images.classNames,
      output: join(folder, `${name}.png`),
    },
    { environment: await computeEnvironment(), signal },
  );
  await removeOld(folder);
  const [height, width] = result.resolution;
  return {
    address: `/media/previews/${name}`,
    width: result.width,
    height: result.height,
    resolution: { height, width },
    rows: result.images.map(({ path, label, draws: shown }) => ({ name: nameOf(root, path), label, draws: shown })),
    notes: [...new Set([...notes, ...images.notes, ...result.notes])],
  };
}

/** Where the sheets lie. */
export function previewFolder(home: string): string {
  return join(home, 'cache', 'previews');
}

/** As the data set calls it; what was converted lies in a cache and has no such name. */
function nameOf(root: string, path: string): string {
  const name = relative(root, path);
  return name.startsWith('..') ? '' : name.replaceAll('\\', '/');
}

async function removeOld(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.png'));
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0 })),
  );
  files.sort((a, b) => b.at - a.at);
  await Promise.all(files.slice(KEPT).map(({ name }) => rm(join(folder, name), { force: true })));
}
