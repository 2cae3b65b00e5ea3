import { copyFile, link, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImportReport } from '../../../src-shared/contract/checkpoints.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { main } from '../base.ts';
import type { Library } from '../library.ts';

export const checkpoints = main.checkpoints.router({
  list: main.checkpoints.list.handler(async ({ context: { library } }) => ({
    checkpoints: await library.checkpoints.list(),
  })),
  get: main.checkpoints.get.handler(({ context: { library }, input }) => library.checkpoints.get(input.id)),
  inspect: main.checkpoints.inspect.handler(({ context: { library }, input, signal }) =>
    library.checkpoints.inspect(input.path, signal),
  ),
  import: main.checkpoints.import.handler(({ context: { library }, input, signal }) => {
    const { path, upload, mode, name } = input;
    if (name !== undefined) library.catalog.show(name); // a name that the catalog doesn't have is refused
    if (path !== undefined) return library.checkpoints.import(path, { mode, name, signal });
    if (upload !== undefined) return importUpload(library, { upload, name, signal });
    throw new AppError('usage', 'A checkpoint is imported by its path or by an upload.');
  }),
  tensor: main.checkpoints.tensor.handler(({ context: { library }, input, signal }) =>
    library.weights.tensor(input, signal),
  ),
  filters: main.checkpoints.filters.handler(({ context: { library }, input, signal }) =>
    library.weights.filters(input, signal),
  ),
  posEmbedding: main.checkpoints.posEmbedding.handler(({ context: { library }, input, signal }) =>
    library.weights.posEmbedding(input.id, signal),
  ),
  remove: main.checkpoints.remove.handler(async ({ context: { library }, input: { id, keepFile } }) => ({
    removed: id,
    deleted: await library.checkpoints.remove(id, { keepFile }),
  })),
  rescan: main.checkpoints.rescan.handler(({ context: { library }, signal }) => library.checkpoints.rescan(signal)),
  memory: main.checkpoints.memory.handler(({ context: { library }, input }) => library.memory.estimate(input)),
  probe: main.checkpoints.probe.handler(({ context: { library }, input, signal }) =>
    library.memory.probe(input, signal),
  ),
});

interface FromUpload {
  /** Its id. */
  upload: string;
  /** Of the catalog, which the file is. */
  name: string | undefined;
  signal: AbortSignal | undefined;
}

/** Takes in what a browser has sent, under the name it had there; the upload itself isn't needed any more then. */
async function importUpload(
  { uploads, checkpoints }: Library,
  { upload: id, name: catalogName, signal }: FromUpload,
): Promise<ImportReport> {
  const { path, name } = uploads.get(id);
  const folder = await mkdtemp(join(dirname(path), '.import-'));
  try {
    const named = join(folder, name);
    await link(path, named).catch(() => copyFile(path, named));
    const report = await checkpoints.import(named, { mode: 'copy', name: catalogName, signal });
    await uploads.remove(id);
    return report;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
