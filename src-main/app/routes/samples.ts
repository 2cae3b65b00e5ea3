import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PHOTO_NAMES, photoPath, SAMPLES } from '../../services/samples/service.ts';
import { main } from '../base.ts';
import type { Library } from '../library.ts';

export const samples = main.samples.router({
  list: main.samples.list.handler(({ context: { library } }) => ({
    checkpoint: { ...SAMPLES.checkpoint, added: library.checkpoints.idAt(checkpointPlace(library)) },
    dataset: { ...SAMPLES.dataset, added: datasetId(library) },
    photos: PHOTO_NAMES.map((name) => ({ name, path: photoPath(name)!, address: `/media/samples/${name}` })),
  })),
  add: main.samples.add.handler(async ({ context: { library } }) => ({
    checkpoint: library.checkpoints.idAt(checkpointPlace(library)) ?? (await addCheckpoint(library)),
    dataset:
      datasetId(library) ??
      (await library.datasets.add({ path: SAMPLES.dataset.path, name: SAMPLES.dataset.title, seed: 0 })).id,
  })),
});

/** Where the checkpoint lies once it is taken in, with what describes it beside it. */
function checkpointPlace({ paths }: Library): string {
  return join(paths.checkpoints, 'samples', basename(SAMPLES.checkpoint.path));
}

function datasetId({ datasets }: Library): string | null {
  const found = datasets.list().find(({ name, state }) => name === SAMPLES.dataset.title && state !== 'failed');
  return found?.id ?? null;
}

async function addCheckpoint(library: Library): Promise<number> {
  const place = checkpointPlace(library);
  const from = SAMPLES.checkpoint.path;
  await mkdir(dirname(place), { recursive: true });
  await copyFile(from.replace(/\.npz$/, '.json'), place.replace(/\.npz$/, '.json'));
  await copyFile(from, place);
  return (await library.checkpoints.add({ path: place, origin: 'import', source: SAMPLES.checkpoint.title })).id;
}
