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
  import: main.checkpoints.import.handler(({ context: { library }, input, signal }) =>
    input.path === undefined
      ? importUpload(library, input.upload, signal)
      : library.checkpoints.import(input.path, { mode: input.mode, signal }),
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

/** Takes in what a browser has sent, under the name it had there; the upload itself isn't needed any more then. */
async function importUpload(
  { uploads, checkpoints }: Library,
  id: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ImportReport> {
  if (id === undefined) throw new AppError('usage', 'A checkpoint is imported by its path or by an upload.');
  const { path, name } = uploads.get(id);
  const folder = await mkdtemp(join(dirname(path), '.import-'));
  try {
    const named = join(folder, name);
    await link(path, named).catch(() => copyFile(path, named));
    const report = await checkpoints.import(named, { mode: 'copy', signal });
    await uploads.remove(id);
    return report;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
