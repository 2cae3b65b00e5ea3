import { randomBytes } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import type { Dataset, DatasetClass, DatasetImage } from '../../../src-shared/contract/datasets.ts';
import { keptFailure } from '../../../src-shared/contract/failure.ts';
import { isDatasetName, NAMED, type DatasetName } from '../../../src-shared/data/named.ts';
import { extensionOf, TABLE_EXTENSIONS } from '../../../src-shared/data/file-names.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Database } from '../../database/open.ts';
import { ownIdentity } from '../../workers/process-liveness.ts';
import type { Events } from '../events/service.ts';
import type { LibraryPaths } from '../library/service.ts';
import type { Task, Tasks } from '../tasks/service.ts';
import { inspectImages } from './check.ts';
import { addNamed, type FetchArchive } from './named/add-named.ts';
import { datasetsFolder, pointerFile } from './named/named-folder.ts';
import { datasetRows } from './dataset-rows.ts';
import type { DatasetSource, PageOptions } from './dataset-rows.ts';
import { openDataset } from './scan.ts';
import { unpackImages } from './unzip.ts';
import { writeWhole } from './write-file.ts';

export { badImagesError, inspectImages } from './check.ts';
export { importImages } from './import-cache.ts';
export { prepareDataset } from './prepare.ts';
export type { PreparedDataset } from './prepare.ts';

/** Files that are data sets themselves. */
const DATA_FILES = new Set([...TABLE_EXTENSIONS, 'parquet']);

export interface AddOptions {
  /** A folder, or a zip archive of one. */
  path: string;
  /** Known to be an archive, whatever its name. */
  archive?: boolean;
  name?: string | undefined;
  seed: number;
}

/** The library's data sets. Reading and checking go on behind; `progress` and the event `dataset` tell how far. */
export interface Datasets {
  /** @throws AppError not_found, bad_dataset for what is neither folder nor archive */
  add(options: AddOptions): Promise<Dataset>;
  /** By its name; without `from` it is fetched. @throws AppError conflict where the library has it */
  addNamed(name: DatasetName, from: string | null): Promise<Dataset>;
  list(): Dataset[];
  /** @throws AppError not_found, as all that follow */
  get(id: string): Dataset;
  refresh(id: string): Dataset;
  check(id: string): Dataset;
  cancel(id: string): Promise<Dataset>;
  classes(id: string): DatasetClass[];
  images(options: PageOptions): { images: DatasetImage[]; next: number | null };
  bad(id: string): { name: string; code: string; reason: string }[];
  /** Positions of images by their names; empty where the data set isn't there, and without those that aren't. */
  positions(id: string, names: readonly string[]): ReadonlyMap<string, number>;
  /** Where an image lies, absolute. */
  imagePath(id: string, position: number): string;
  remove(id: string): Promise<void>;
}

export interface DatasetsOptions {
  database: Database;
  events: Events;
  tasks: Tasks;
  paths: Pick<LibraryPaths, 'home'>;
  fetchArchive: FetchArchive;
}

export function createDatasets({ database, events, tasks, paths, fetchArchive }: DatasetsOptions): Datasets {
  const rows = datasetRows(database);
  const unpacked = (id: string): string => join(paths.home, 'datasets', id);

  const get = (id: string): Dataset => {
    const dataset = rows.get(id, tasks.progress(id));
    if (!dataset) throw new AppError('not_found', `There is no data set ${id.slice(0, 40)}.`);
    return dataset;
  };
  const tell = (id: string): void => {
    const { state, progress } = get(id);
    events.publish({ topic: 'dataset', id, state, progress });
  };

  /** Begins work behind the call; whatever it fails with is kept in the row. */
  const begin = (id: string, state: 'reading' | 'checking', work: Task['work']): Dataset => {
    tasks.start(id, {
      tell: () => tell(id),
      work: async (signal, report) => {
        try {
          await work(signal, report);
        } catch (error) {
          // What was listed before a check is still there.
          rows.setState(id, state === 'checking' ? 'ready' : 'failed', { error: keptFailure(error) });
          if (!(error instanceof AppError)) throw error;
        }
      },
    });
    rows.setState(id, state, { owner: ownIdentity() });
    tell(id);
    return get(id);
  };

  const read = (id: string, { root, archive, source, seed, given }: DatasetSource): Dataset =>
    begin(id, 'reading', async (signal, report) => {
      const progress = (phase: string) => (done: number, total: number) => report(phase, done, total);
      if (source === 'zip' && archive !== null) {
        // What an attempt has left that failed behind the unpacking.
        await rm(unpacked(id), { recursive: true, force: true });
        await unpackImages(archive, unpacked(id), { signal, onProgress: progress('unpack') });
      }
      const dataset = await openDataset(given ?? root, {
        seed,
        home: paths.home,
        signal,
        onProgress: progress('list'),
      });
      await rows.setListing(id, dataset);
    });

  const sourceOf = (id: string): DatasetSource => {
    get(id);
    return rows.sourceOf(id)!;
  };

  return {
    async add({ path, archive: isArchive, name, seed }) {
      const given = resolve(path);
      const source = isArchive ? 'zip' : await kindOf(given);
      const id = randomBytes(8).toString('hex');
      const [root, archive] = source === 'zip' ? [unpacked(id), given] : [given, null];
      rows.insert({
        id,
        name: name ?? basename(given, source === 'zip' ? extname(given) : undefined),
        root,
        source,
        archive,
        given: source === 'zip' ? null : given,
        owner: ownIdentity(),
        seed,
        addedAt: new Date().toISOString(),
      });
      return read(id, { root, archive, source, seed, given: source === 'zip' ? null : given });
    },
    async addNamed(name, from) {
      const { files, note } = { note: '', ...NAMED[name] };
      if (files.length === 0 && from === null)
        throw new AppError('usage', `${NAMED[name].title} can't be fetched without an agreement.`, { hint: note });
      const here = rows.list(() => null).find((row) => row.name === name);
      if (here && here.state !== 'failed')
        throw new AppError('conflict', `The library has ${name} already.`, { hint: `It lies in ${here.root}.` });
      const id = randomBytes(8).toString('hex');
      const folder = datasetsFolder(paths.home);
      const root = files.length === 0 ? resolve(from!) : join(folder, name);
      rows.insert({
        ...{ id, name, root, archive: null, given: null, owner: ownIdentity(), seed: 0 },
        source: files.length === 0 ? 'folder' : 'zip',
        addedAt: new Date().toISOString(),
      });
      return begin(id, 'reading', async (signal, report) => {
        if (files.length > 0) await addNamed(name, { folder, from, fetch: fetchArchive, signal, onProgress: report });
        const progress = (done: number, total: number) => report('list', done, total);
        const dataset = await openDataset(root, { home: paths.home, signal, onProgress: progress });
        if (files.length === 0) {
          if (dataset.classNames.length !== NAMED[name].classes)
            throw new AppError(
              'bad_dataset',
              `${root} has ${dataset.classNames.length} classes, and ${name} ${NAMED[name].classes}.`,
              {
                hint: note,
              },
            );
          await writeWhole(pointerFile(paths.home, name), `${root}\n`);
        }
        await rows.setListing(id, dataset);
      });
    },
    list: () => rows.list((id) => tasks.progress(id)),
    get,
    refresh: (id) => read(id, sourceOf(id)),
    check(id) {
      const { root } = sourceOf(id);
      if (get(id).state !== 'ready')
        throw new AppError('conflict', 'The data set is not read yet.', { hint: 'Wait until its state is "ready".' });
      return begin(id, 'checking', async (signal, report) => {
        const items = rows.itemsOf(id).map((item) => ({ ...item, path: item.path ?? join(root, item.name) }));
        const { bad, notes } = await inspectImages(items, {
          home: paths.home,
          level: 'decode',
          signal,
          onProgress: (done, total) => report('check', done, total),
        });
        rows.setChecked(id, { bad, notes });
      });
    },
    async cancel(id) {
      get(id);
      await tasks.cancel(id);
      return get(id);
    },
    classes(id) {
      get(id);
      return rows.classes(id);
    },
    images(options) {
      get(options.id);
      const images = rows.page({ ...options, limit: options.limit + 1 });
      const more = images.length > options.limit;
      if (more) images.pop();
      return { images, next: more ? images.at(-1)!.position : null };
    },
    bad(id) {
      get(id);
      return rows.bad(id);
    },
    positions: (id, names) => rows.placesOf(id, names),
    imagePath(id, position) {
      const image = rows.imageAt(id, position);
      if (!image) throw new AppError('not_found', `The data set ${id.slice(0, 40)} has no image ${position}.`);
      return image.path ?? join(image.root, image.name);
    },
    async remove(id) {
      const { source, root } = sourceOf(id);
      const { name } = get(id);
      await tasks.cancel(id);
      rows.remove(id);
      if (isDatasetName(name)) await rm(pointerFile(paths.home, name), { force: true });
      // Only what Vitrine itself has unpacked: a person's folder is theirs.
      const own = relative(datasetsFolder(paths.home), root).split(sep)[0]!;
      if (source === 'zip' && own !== '' && own !== '..')
        await rm(join(datasetsFolder(paths.home), own), { recursive: true, force: true });
      events.publish({ topic: 'dataset', id, state: 'removed', progress: null });
    },
  };
}

async function kindOf(path: string): Promise<Dataset['source']> {
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw new AppError('not_found', `There is no folder ${path}.`, { hint: 'Check the path.', details: { path } });
  if (found.isDirectory()) return 'folder';
  if (found.isFile() && extname(path).toLowerCase() === '.zip') return 'zip';
  if (found.isFile() && DATA_FILES.has(extensionOf(path))) return 'folder';
  throw new AppError(
    'bad_dataset',
    `${path} is neither a folder of images, nor a zip archive of one, nor a labels file.`,
    {
      hint: 'Give the folder that holds the images.',
      details: { path },
    },
  );
}
