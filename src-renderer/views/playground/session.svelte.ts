import type { Prediction } from '../../../src-shared/contract/predict.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import { give } from '../../ui/dropped.ts';
import type { Given } from '../../ui/dropped.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import { fileName } from '../../ui/model-choices.ts';

/** Models side by side at most. */
export const MOST_MODELS = 4;
/** Pictures at a time. */
export const MOST_PICTURES = 48;
/** Classes that are asked for; fewer are shown as somebody likes. */
export const MOST_CLASSES = 10;
/** Kept of what was tried. */
const MOST_TRIED = 60;

/** A picture as it was given. */
interface Source {
  readonly name: string;
  /** What the browser shows. */
  readonly address: string;
  /** A file that must be made known to main first, or a path of its machine. */
  readonly from: File | { path: string };
}

export interface Picture extends Source {
  readonly key: number;
  /** As main knows it; null until it was sent. */
  readonly given: Given | null;
  /** Why it couldn't be sent. */
  readonly error: AppError | null;
}

/** What a model says of a picture. */
export interface Answer {
  readonly predictions: readonly Prediction[];
  readonly problem: { readonly reason: string } | null;
}

type Predicted = Awaited<ReturnType<Api['predict']['images']>>;

/** One of the models side by side. */
export interface Model {
  readonly path: string;
  readonly name: string;
  readonly state: 'idle' | 'running' | 'failed';
  readonly error: AppError | null;
  /** Of its last call; null before. */
  readonly facts: (Pick<Predicted, 'engine' | 'seconds' | 'checkpoint'> & { readonly pictures: number }) | null;
}

export interface Tried extends Source {
  readonly key: number;
  /** The likeliest class by each model, where it had answered. */
  readonly said: readonly string[];
}

type Asked = Pick<Api, 'predict' | 'uploads'>;

/**
 * What is tried in this window: pictures, models, answers. It stays while other views are shown; pictures that were sent
 * leave the library when they are taken away.
 */
export class Session {
  pictures = $state.raw<readonly Picture[]>([]);
  models = $state.raw<readonly Model[]>([]);
  tried = $state.raw<readonly Tried[]>([]);
  top = $state(5);
  /** Whether answers are being computed; and since when, for what is slow. */
  busy = $state(false);
  sending = $state(0);
  /** Somebody has stopped it. */
  stopped = $state(false);
  /** By model's path, then picture's key. */
  #answers = $state.raw<Readonly<Record<string, Readonly<Record<number, Answer>>>>>({});
  #next = 0;
  #abort: AbortController | null = null;
  readonly #api: Asked;

  constructor(api: Asked) {
    this.#api = api;
  }

  answer(model: string, picture: number): Answer | null {
    return this.#answers[model]?.[picture] ?? null;
  }

  /** Ids of what this session has sent into the library. */
  get sent(): readonly string[] {
    return this.pictures.flatMap(({ given }) => (given && 'upload' in given ? [given.upload] : []));
  }

  /** @returns how many had no room */
  add(sources: readonly Source[]): number {
    const room = MOST_PICTURES - this.pictures.length;
    const added = sources.slice(0, room).map((source): Picture => {
      const given = source.from instanceof File ? null : source.from;
      return { ...source, key: this.#next++, given, error: null };
    });
    this.pictures = [...this.pictures, ...added];
    void this.#send(added.filter(({ given }) => given === null));
    this.run();
    return Math.max(0, sources.length - room);
  }

  setModels(paths: readonly string[]): void {
    const wanted = paths.filter((path, at) => paths.indexOf(path) === at).slice(0, MOST_MODELS);
    this.models = wanted.map((path) => this.models.find((model) => model.path === path) ?? newModel(path));
    this.run();
  }

  remove(key: number): void {
    const picture = this.pictures.find((one) => one.key === key);
    if (!picture) return;
    this.pictures = this.pictures.filter((one) => one !== picture);
    this.#retire([picture]);
  }

  /** Takes all pictures away. @returns how many */
  clear(): number {
    const { pictures } = this;
    this.stop();
    this.pictures = [];
    this.#retire(pictures);
    this.stopped = false;
    return pictures.length;
  }

  again({ key, name, address, from }: Tried): void {
    this.tried = this.tried.filter((one) => one.key !== key);
    this.add([{ name, address, from }]);
  }

  forget(): void {
    for (const { address, from } of this.tried) if (from instanceof File) URL.revokeObjectURL(address);
    this.tried = [];
  }

  stop(): void {
    if (this.busy) this.stopped = true;
    this.#abort?.abort();
  }

  /** Asks every model for the answers that it owes; whatever is under way goes on. */
  run(): void {
    this.stopped = false;
    if (!this.busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.busy = true;
    const abort = new AbortController();
    this.#abort = abort;
    // A model that has failed is not asked again before something is new.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
    const failed = new Set<string>();
    for (;;) {
      const model = this.models.find(({ path }) => !failed.has(path) && this.#owed(path).length > 0);
      if (!model || abort.signal.aborted) break;
      if (!(await this.#ask(model.path, abort.signal))) failed.add(model.path);
    }
    this.busy = false;
    // Something new came while the last call was being given up.
    if (abort.signal.aborted && !this.stopped) void this.#run();
  }

  #owed(path: string): readonly Picture[] {
    return this.pictures.filter(({ key, given }) => given !== null && !this.answer(path, key));
  }

  async #ask(path: string, signal: AbortSignal): Promise<boolean> {
    const pictures = this.#owed(path);
    this.#set(path, { state: 'running', error: null });
    try {
      const request = {
        checkpoint: path,
        images: pictures.map(({ given }) => given!),
        top: MOST_CLASSES,
        skipBad: true,
      };
      const { images, engine, seconds, checkpoint } = await this.#api.predict.images(request, { signal });
      const answers = images.map((answer, i) => [pictures[i]!.key, answer] as const);
      this.#answers = { ...this.#answers, [path]: { ...this.#answers[path], ...Object.fromEntries(answers) } };
      this.#set(path, { state: 'idle', facts: { engine, seconds, checkpoint, pictures: pictures.length } });
      return true;
    } catch (error) {
      if (signal.aborted) this.#set(path, { state: 'idle' });
      else this.#set(path, { state: 'failed', error: asShown(error) });
      return false;
    }
  }

  #set(path: string, change: Partial<Model>): void {
    this.models = this.models.map((model) => (model.path === path ? { ...model, ...change } : model));
  }

  async #send(pictures: readonly Picture[]): Promise<void> {
    this.sending += pictures.length;
    for (const { key, from } of pictures) {
      const change = await give(from as File).then(
        (given) => ({ given }),
        (error: unknown) => ({ error: asShown(error) }),
      );
      this.sending--;
      if (!this.pictures.some((one) => one.key === key)) {
        if ('given' in change) this.#drop([change.given]); // taken away meanwhile
        continue;
      }
      this.pictures = this.pictures.map((one) => (one.key === key ? { ...one, ...change } : one));
    }
    this.run();
  }

  #retire(pictures: readonly Picture[]): void {
    const tried = pictures.map((picture): Tried => {
      const said = this.models.flatMap(({ path }) => this.answer(path, picture.key)?.predictions[0]?.class ?? []);
      const { key, name, address, from } = picture;
      return { key, name, address, from, said };
    });
    const all = [...tried.toReversed(), ...this.tried];
    for (const { address, from } of all.slice(MOST_TRIED)) if (from instanceof File) URL.revokeObjectURL(address);
    this.tried = all.slice(0, MOST_TRIED);
    this.#drop(pictures.flatMap(({ given }) => given ?? []));
  }

  #drop(given: readonly Given[]): void {
    // One that is gone already is gone.
    for (const one of given) if ('upload' in one) void this.#api.uploads.remove({ id: one.upload }).catch(() => {});
  }
}

function newModel(path: string): Model {
  return { path, name: fileName(path), state: 'idle', error: null, facts: null };
}

/** Files as pictures, and how many are none by their type. A type that the browser doesn't know is left to main. */
export function sourcesOf(files: readonly File[]): { sources: Source[]; others: number } {
  const images = files.filter(({ type }) => type === '' || type.startsWith('image/'));
  const sources = images.map((file) => ({
    name: file.name === '' ? 'pasted' : file.name,
    address: URL.createObjectURL(file),
    from: file,
  }));
  return { sources, others: files.length - images.length };
}
