import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import type {
  Dataset,
  DatasetClass,
  DatasetEdit,
  DatasetImage,
  DatasetImageDetails,
  DatasetLook,
} from '../../../src-shared/contract/datasets.ts';
import type { DatasetFindings } from '../../../src-shared/contract/dataset-health.ts';
import { keptFailure } from '../../../src-shared/contract/failure.ts';
import type { ImageDataset } from '../../../src-shared/data/dataset.ts';
import { applyEdits } from '../../../src-shared/data/edits.ts';
import { isDatasetName, NAMED, type DatasetName } from '../../../src-shared/data/named.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Database } from '../../database/open.ts';
import { ownIdentity } from '../../workers/process-liveness.ts';
import type { Events } from '../events/service.ts';
import type { LibraryPaths } from '../library/service.ts';
import type { Task, Tasks } from '../tasks/service.ts';
import { addNamed, type FetchArchive } from './named/add-named.ts';
import { datasetsFolder, pointerFile } from './named/named-folder.ts';
import { datasetRows } from './dataset-rows.ts';
import type { DatasetSource } from './dataset-rows.ts';
import { createEditor, summarise } from './edits/edit-images.ts';
import { imageRows } from './image-rows.ts';
import type { PageOptions } from './image-rows.ts';
import { imageDetails } from './image-details.ts';
import { createExaminer } from './quality/examiner.ts';
import { recogniseArchive, recogniseFolder } from './recognise.ts';
import { openDataset } from './scan.ts';
import { kindOf } from './source-kind.ts';
import { unpackImages } from './unzip.ts';
import { writeWhole } from './write-file.ts';

export { badImagesError, inspectImages } from './check.ts';
export { importImages } from './import-cache.ts';
export { prepareDataset } from './prepare.ts';
export type { PreparedDataset } from './prepare.ts';

export interface AddOptions {
  /** A folder, or a zip archive of one. */
  path: string;
  /** Known to be an archive, whatever its name. */
  archive?: boolean;
  name?: string | undefined;
  seed: number;
}

export interface LookOptions {
  path: string;
  archive?: boolean;
  name?: string;
  signal: AbortSignal;
}

/** The library's data sets. Reading and checking go on behind; `progress` and the event `dataset` tell how far. */
export interface Datasets {
  /** What it would be, without adding it. @throws AppError as `add`, and for what can't be read as a data set */
  look(options: LookOptions): Promise<DatasetLook>;
  /** @throws AppError not_found, bad_dataset for what is neither folder nor archive */
  add(options: AddOptions): Promise<Dataset>;
  /** By its name; without `from` it is fetched. @throws AppError conflict where the library has it */
  addNamed(name: DatasetName, from: string | null): Promise<Dataset>;
  list(): Dataset[];
  /** @throws AppError not_found, as all that follow */
  get(id: string): Dataset;
  /** What the data set in this folder is called; null where there is none. */
  nameAt(root: string): string | null;
  refresh(id: string): Dataset;
  check(id: string): Dataset;
  /** Checks every image and compares it with all others. */
  examine(id: string): Dataset;
  health(id: string): DatasetFindings;
  cancel(id: string): Promise<Dataset>;
  classes(id: string): DatasetClass[];
  images(options: PageOptions): { images: DatasetImage[]; total: number; next: number | null };
  image(id: string, position: number): Promise<DatasetImageDetails>;
  /** @throws AppError conflict while it is read or checked; `before` undoes it */
  edit(id: string, edits: readonly DatasetEdit[]): Promise<{ dataset: Dataset; before: DatasetEdit[] }>;
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
  const pictures = imageRows(database);
  const editor = createEditor({ database, rows, images: pictures, home: paths.home });
  const examiner = createExaminer({ rows, images: pictures, home: paths.home });
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
        unedited: true,
        signal,
        onProgress: progress('list'),
      });
      await keepListing(id, dataset);
    });

  const keepListing = async (id: string, dataset: ImageDataset): Promise<void> => {
    const edits = await editor.of(dataset.root);
    // First: with the listing the data set is ready, and nothing goes on any more.
    await editor.write(dataset.root);
    const after = applyEdits(dataset, edits);
    const summary = await summarise(after.classNames, after.splits, edits.length === 0 ? dataset.manifestHash : null);
    await rows.setListing(id, { dataset, edits, after: summary });
  };

  const sourceOf = (id: string): DatasetSource => {
    get(id);
    return rows.sourceOf(id)!;
  };

  const begun = (id: string): Dataset => {
    const dataset = get(id);
    if (dataset.state === 'ready') return dataset;
    throw new AppError('conflict', 'The data set is not read yet.', { hint: 'Wait until its state is "ready".' });
  };

  return {
    async look({ path, archive: isArchive, name, signal }) {
      const given = resolve(path);
      const source = isArchive ? 'zip' : await kindOf(given);
      const options = { name: name ?? basename(given), home: paths.home, signal };
      return source === 'zip' ? recogniseArchive(given, options) : recogniseFolder(given, options);
    },
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
        const dataset = await openDataset(root, {
          home: paths.home,
          unedited: true,
          signal,
          onProgress: progress,
        });
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
        await keepListing(id, dataset);
      });
    },
    nameAt: (root) => rows.nameAt(root),
    list: () => rows.list((id) => tasks.progress(id)),
    get,
    refresh: (id) => read(id, sourceOf(id)),
    check(id) {
      const { root } = begun(id);
      return begin(id, 'checking', (signal, report) => examiner.check({ id, root, signal, report }));
    },
    examine(id) {
      const { root } = begun(id);
      return begin(id, 'checking', (signal, report) => examiner.examine({ id, root, signal, report }));
    },
    health: (id) => examiner.tell(get(id)),
    async cancel(id) {
      get(id);
      await tasks.cancel(id);
      return get(id);
    },
    classes(id) {
      get(id);
      return pictures.classes(id);
    },
    images(options) {
      get(options.id);
      const { images, total } = pictures.page({ ...options, limit: options.limit + 1 });
      const more = images.length > options.limit;
      if (more) images.pop();
      return { images, total, next: more ? images.at(-1)!.position : null };
    },
    async image(id, position) {
      get(id);
      const image = pictures.one(id, position);
      const place = pictures.imageAt(id, position);
      if (!image || !place) throw noImage(id, position);
      const picture = `/media/pictures/${id}/${position}`;
      return { ...image, picture, ...(await imageDetails(place.path ?? join(place.root, place.name))) };
    },
    async edit(id, edits) {
      const { root } = begun(id);
      const before = await editor.apply({ id, root }, edits);
      for (const other of rows.atRoot(root)) tell(other);
      return { dataset: get(id), before };
    },
    bad(id) {
      get(id);
      return pictures.bad(id);
    },
    positions: (id, names) => pictures.placesOf(id, names),
    imagePath(id, position) {
      const image = pictures.imageAt(id, position);
      if (!image) throw noImage(id, position);
      return image.path ?? join(image.root, image.name);
    },
    async remove(id) {
      const { source, root } = sourceOf(id);
      const { name } = get(id);
      await tasks.cancel(id);
      rows.remove(id);
      await editor.forget(root);
      if (isDatasetName(name)) await rm(pointerFile(paths.home, name), { force: true });
      // Only what Vitrine itself has unpacked: a person's folder is theirs.
      const own = relative(datasetsFolder(paths.home), root).split(sep)[0]!;
      if (source === 'zip' && own !== '' && own !== '..')
        await rm(join(datasetsFolder(paths.home), own), { recursive: true, force: true });
      events.publish({ topic: 'dataset', id, state: 'removed', progress: null });
    },
  };
}

function noImage(id: string, position: number): AppError {
  return new AppError('not_found', `The data set ${id.slice(0, 40)} has no image ${position}.`);
}
