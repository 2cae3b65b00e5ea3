import type { Annotation, CatalogDetail } from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import type { Checkpoint } from '../../../src-shared/contract/checkpoints.ts';
import type { Download } from '../../../src-shared/contract/downloads.ts';
import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import { countLitParams } from '../../../src-shared/models/lit.ts';
import { countParams } from '../../../src-shared/models/family-params.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { architectureOfName } from './architecture-of.ts';
import { fileOf, namesOf } from './link.ts';
import { strings } from './strings.ts';

/** What the address names: a checkpoint of the catalog, or a file of the library. */
export type Wanted = { name: string } | { id: number };

type CheckpointApi = Pick<Api, 'catalog' | 'checkpoints' | 'downloads'>;

/** One checkpoint with all that is known of it: what the catalog says, and what is in its file where that is here. */
export class CheckpointView {
  detail = $state.raw<CatalogDetail | null>(null);
  siblings = $state.raw<readonly CatalogCheckpoint[]>([]);
  file = $state.raw<Checkpoint | null>(null);
  inspection = $state.raw<Inspection | null>(null);
  /** Of this name, where the queue has one. */
  download = $state.raw<Download | null>(null);
  annotation = $state.raw<Annotation | null>(null);
  error = $state.raw<AppError | null>(null);
  loaded = $state(false);
  busy = $state(false);
  readonly #api: CheckpointApi;
  readonly #wanted: Wanted;
  #asked = 0;

  constructor(api: CheckpointApi, wanted: Wanted) {
    this.#api = api;
    this.#wanted = wanted;
  }

  /** Of the catalog; null of a file that the catalog doesn't know. */
  get name(): string | null {
    return this.detail?.name ?? null;
  }

  /** Whether its file can be worked with: here, as it was read, and sound. */
  get usable(): boolean {
    return this.file !== null && this.file.state !== 'missing' && this.file.problem === null;
  }

  /** What sees images: of the file, else as the name says. */
  readonly architecture = $derived.by((): Architecture | null => {
    if (this.inspection) return this.inspection.architecture ?? this.inspection.lit?.image ?? null;
    return this.detail && architectureOfName(this.detail);
  });

  readonly isLit = $derived(this.file?.isLit ?? this.detail?.pretraining.family === 'lit');

  /** Parameters of the file, else counted from the architecture; of an image and text model only with its file. */
  readonly parameters = $derived.by((): number | null => {
    if (this.inspection?.lit) return countLitParams(this.inspection.lit);
    if (this.inspection) return this.inspection.parameters;
    return this.isLit || !this.architecture ? null : countParams(this.architecture);
  });

  /** The file's name says another model than its weights are: then nothing published is of this file. */
  readonly contradicts = $derived.by((): boolean => {
    const named = this.detail && architectureOfName(this.detail);
    const real = this.inspection?.architecture;
    return (
      !!named && !!real && (named.family !== real.family || named.width !== real.width || named.depth !== real.depth)
    );
  });

  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const found = 'name' in this.#wanted ? await this.#byName(this.#wanted.name) : await this.#byId(this.#wanted.id);
      if (asked !== this.#asked) return;
      Object.assign(this, found);
      this.annotation = found.detail?.annotation ?? null;
      this.error = null;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.error = asShown(error);
    }
    this.loaded = true;
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    const again = (): void => void this.load();
    const stops = [
      live.on('checkpoint', again),
      live.on('catalog', again),
      live.on('annotations', (event) => {
        if (event === null || (this.name !== null && event.names.includes(this.name))) again();
      }),
      live.on('download', (event) => {
        if (event === null) return again();
        const { download } = event;
        if (download.name.replace(/\.npz$/, '') !== this.name) return;
        const ended = download.state === 'done' && this.download?.state !== 'done';
        this.download = download;
        if (ended) again();
      }),
      live.on('download-removed', (event) => {
        if (event === null || event.id === this.download?.id) this.download = null;
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  /** Does something that main may refuse; says so then. */
  async act(action: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    try {
      await action();
      return true;
    } catch (error) {
      const { message, hint } = asShown(error);
      toasts.show(hint ? `${message} ${hint}` : message, { tone: 'bad' });
      return false;
    } finally {
      this.busy = false;
    }
  }

  async startDownload(): Promise<void> {
    const { name } = this;
    if (name === null) return;
    await this.act(async () => {
      const added = await this.#api.downloads.add({ what: name });
      // The stream may have told what has become of it already.
      if (this.download?.id !== added.id) this.download = added;
    });
  }

  /** Takes a file in as this name's. */
  async importFile(path: string): Promise<void> {
    const name = this.name;
    await this.act(async () => {
      const { added, known } = await this.#api.checkpoints.import(name === null ? { path } : { path, name });
      const [checkpoint] = [...added, ...known];
      if (checkpoint && added.length === 0) toasts.show(strings.import.known(checkpoint.path));
      await this.load();
    });
  }

  /** Changes what a person says of it, at once; Undo takes it back. */
  async annotate(change: Partial<Pick<Annotation, 'starred' | 'tags' | 'note'>>, said: string): Promise<void> {
    const before = this.annotation;
    if (!before) return;
    await this.#put(before, change);
    const { starred, tags, note } = before;
    toasts.show(said, { undo: () => this.#put(this.annotation ?? before, { starred, tags, note }) });
  }

  async #put(before: Annotation, change: Partial<Pick<Annotation, 'starred' | 'tags' | 'note'>>): Promise<void> {
    this.annotation = { ...before, ...change };
    const done = await this.act(async () => {
      this.annotation = await this.#api.catalog.annotate({ name: before.name, ...change });
    });
    if (!done) this.annotation = before;
  }

  async #byName(name: string) {
    const [detail, { checkpoints }, { downloads }] = await Promise.all([
      this.#api.catalog.show({ name }),
      this.#api.checkpoints.list(),
      this.#api.downloads.list(),
    ]);
    const file = fileOf(name, checkpoints, downloads);
    const [siblings, read] = await Promise.all([this.#siblingsOf(detail), file ? this.#read(file) : nothing]);
    return { detail, siblings, ...read, download: lastOf(name, downloads) };
  }

  async #byId(id: number) {
    const [read, { downloads }] = await Promise.all([this.#api.checkpoints.get({ id }), this.#api.downloads.list()]);
    const { checkpoint: file, inspection } = read;
    const detail = await this.#named(namesOf(file, downloads));
    const siblings = detail ? await this.#siblingsOf(detail) : [];
    return { detail, siblings, file, inspection, download: detail && lastOf(detail.name, downloads) };
  }

  async #read(listed: Checkpoint) {
    const { checkpoint: file, inspection } = await this.#api.checkpoints.get({ id: listed.id });
    return { file, inspection };
  }

  async #siblingsOf({ name, finetunes }: CatalogDetail): Promise<CatalogCheckpoint[]> {
    return finetunes.total === 0 ? [] : this.#api.catalog.siblings({ name });
  }

  /** The first that the catalog has, looked for by its words: asking for a name that isn't there is an error. */
  async #named(names: readonly string[]): Promise<CatalogDetail | null> {
    for (const name of names) {
      const { rows } = await this.#api.catalog.search({ text: name, limit: 20, facets: false });
      if (rows.some((row) => row.name === name || row.pretraining === name)) return this.#api.catalog.show({ name });
    }
    return null;
  }
}

const nothing = { file: null, inspection: null };

function lastOf(name: string, downloads: readonly Download[]): Download | null {
  return downloads.findLast((download) => download.name.replace(/\.npz$/, '') === name) ?? null;
}
