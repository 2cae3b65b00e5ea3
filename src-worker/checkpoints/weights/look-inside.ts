import { writeFile } from 'node:fs/promises';
import { fromFile, type Slot } from '../../../src-shared/checkpoints/layouts/slot.ts';
import type { FilterSummary, PositionSimilarity, TensorStatistics } from '../../../src-shared/contract/weights.ts';
import type { FiltersInput, InsideInput } from '../../../src-shared/contract/worker.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { gridOf, hasClassToken, prefixTokens, type Architecture } from '../../../src-shared/models/architecture.ts';
import { paramsOf } from '../../../src-shared/models/family-params.ts';
import type { NamedTensor } from '../../../src-shared/models/params.ts';
import type { JobContext } from '../../job.ts';
import { openCheckpoint } from '../open-checkpoint.ts';
import type { OpenCheckpoint } from '../opened-checkpoint.ts';
import { isWeight, type Wanted } from '../tensor-entry.ts';
import { filterPictures } from './filter-pictures.ts';
import { imageTower } from './image-tower.ts';
import { positionSimilarity } from './position-similarity.ts';
import { statisticsOf } from './statistics-of.ts';

/** Places of a grid beyond which every pair is too many to send: 50 × 50. */
const MOST_PLACES = 2500;
const POSITIONS = 'Transformer/posembed_input/pos_embedding';

/** The statistics of every tensor of floating-point numbers, in one pass. @throws AppError as opening and reading do */
export function tensorStatistics(
  { path, sha256 }: InsideInput,
  context: JobContext<never>,
): Promise<TensorStatistics[]> {
  return whileOpen(path, async (opened) => {
    const found: TensorStatistics[] = [];
    const weights = new Set(opened.file.entries.filter(isWeight).map(({ name }) => name));
    await readThrough(
      opened,
      { sha256, context },
      {
        wanted: (name) => (weights.has(name) ? 'look' : 'skip'),
        visit: (name, { data }) => void found.push(statisticsOf(name, data)),
      },
    );
    return found;
  });
}

/**
 * The filters that images meet first. Their pictures go to the file `output`, [D, h, w, 3] bytes.
 * @throws AppError bad_checkpoint also where the layout isn't known
 */
export function patchFilters(
  { path, sha256, output }: FiltersInput,
  context: JobContext<never>,
): Promise<FilterSummary> {
  return whileOpen(path, async (opened) => {
    const { architecture, slot } = imageTower(opened);
    const name = firstKernel(architecture);
    const kernel = await readParameter(opened, { sha256, context }, { slot: slot(name), architecture, name });
    const { pixels, ...summary } = filterPictures(kernel, architecture.family === 'hybrid');
    await writeFile(output, pixels);
    return { of: architecture.family === 'hybrid' ? 'root' : 'patches', name, ...summary };
  });
}

/** @throws AppError usage for a model without position embeddings, or with too many to compare */
export function positionMaps({ path, sha256 }: InsideInput, context: JobContext<never>): Promise<PositionSimilarity> {
  return whileOpen(path, async (opened) => {
    const { architecture, slot } = imageTower(opened);
    const grid = gridOf(architecture);
    if (architecture.family === 'mixer') {
      throw new AppError(
        'usage',
        'A Mixer has no position embeddings: its token mixing knows each place by its weights.',
      );
    }
    if (grid[0] * grid[1] > MOST_PLACES) {
      throw new AppError('usage', `Its grid of ${grid.join(' × ')} positions is too large to compare each with each.`);
    }
    const { data } = await readParameter(
      opened,
      { sha256, context },
      { slot: slot(POSITIONS), architecture, name: POSITIONS },
    );
    const tokens = hasClassToken(architecture.classifier)
      ? (['class', 'distillation'] as const)
      : (['distillation'] as const);
    return positionSimilarity(data, { grid, prefix: tokens.slice(0, prefixTokens(architecture)) });
  });
}

function firstKernel({ family }: Architecture): string {
  return { vit: 'embedding/kernel', deit: 'embedding/kernel', mixer: 'stem/kernel', hybrid: 'conv_root/kernel' }[
    family
  ];
}

async function whileOpen<T>(path: string, work: (opened: OpenCheckpoint) => Promise<T>): Promise<T> {
  const opened = await openCheckpoint(path);
  try {
    return await work(opened);
  } finally {
    await opened.file.close();
  }
}

interface Reading {
  sha256: string;
  context: JobContext<never>;
}

async function readParameter(
  opened: OpenCheckpoint,
  reading: Reading,
  { slot, architecture, name }: { slot: Slot | undefined; architecture: Architecture; name: string },
): Promise<NamedTensor> {
  const shape = paramsOf(architecture).get(name)?.shape;
  if (!slot || !shape) throw new AppError('bad_checkpoint', `${opened.file.path} has no tensor "${name}".`);
  let data: Float32Array | null = null;
  await readThrough(opened, reading, {
    wanted: (file) => (file === slot.file ? 'keep' : 'skip'),
    visit: (_, tensor) => (data = fromFile(slot, tensor.data)),
  });
  return { shape, data: data! };
}

/** Reads all of the file: what is kept under its sum is of these bytes. @throws AppError conflict, interrupted */
async function readThrough(
  { file }: OpenCheckpoint,
  { sha256, context: { signal } }: Reading,
  { wanted, visit }: { wanted: (name: string) => Wanted; visit: (name: string, tensor: NamedTensor) => void },
): Promise<void> {
  const found = await file.readThrough((name) => {
    if (signal.aborted) throw new AppError('interrupted', 'Stopped; nothing was changed.');
    return wanted(name);
  }, visit);
  if (found === sha256) return;
  throw new AppError('conflict', `${file.path} is another file than before.`, { hint: 'Open it again.' });
}
