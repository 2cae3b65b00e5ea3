import type { Prediction } from '../../../src-shared/contract/predict.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import { asShown } from '../../ui/loader.svelte.ts';

/** Pictures of one call: enough to be quick, few enough to see it go on and to stop it. */
const PIECE = 64;

type Asked = Pick<Api, 'files' | 'predict'>;

export interface FolderTask {
  readonly folder: string;
  readonly checkpoint: string;
  readonly top: number;
}

/** Classifies every picture below a folder, a piece at a time, and keeps the answers as CSV. */
export class FolderCsv {
  state = $state<'idle' | 'counting' | 'running' | 'stopped' | 'done'>('idle');
  total = $state(0);
  done = $state(0);
  bad = $state(0);
  /** There are more pictures than are taken. */
  cut = $state(false);
  error = $state.raw<AppError | null>(null);
  /** Seconds that the rest will take; null before the first piece. */
  left = $state<number | null>(null);
  #csv: string[] = [];
  #abort: AbortController | null = null;
  readonly #api: Asked;

  constructor(api: Asked) {
    this.#api = api;
  }

  get busy(): boolean {
    return this.state === 'counting' || this.state === 'running';
  }

  async start({ folder, checkpoint, top }: FolderTask): Promise<void> {
    const abort = new AbortController();
    const { signal } = abort;
    this.#abort = abort;
    Object.assign(this, { state: 'counting', total: 0, done: 0, bad: 0, cut: false, error: null, left: null });
    this.#csv = [csvHead(top)];
    try {
      const { images, cut } = await this.#api.files.images({ path: folder }, { signal });
      Object.assign(this, { total: images.length, cut, state: 'running' });
      const began = performance.now();
      for (let from = 0; from < images.length; from += PIECE) {
        const piece = images.slice(from, from + PIECE);
        const paths = piece.map(({ path }) => ({ path }));
        const answer = await this.#api.predict.images({ checkpoint, images: paths, top, skipBad: true }, { signal });
        this.#csv.push(answer.images.map((one, i) => csvLine(piece[i]!.name, one, top)).join(''));
        this.bad += answer.images.filter(({ problem }) => problem !== null).length;
        this.done += piece.length;
        this.left = ((performance.now() - began) / 1000 / this.done) * (this.total - this.done);
      }
      this.state = 'done';
    } catch (error) {
      if (!signal.aborted) this.error = asShown(error);
      this.state = 'stopped';
    }
  }

  stop(): void {
    this.#abort?.abort();
  }

  /** What was answered so far. */
  csv(): Blob {
    return new Blob(this.#csv, { type: 'text/csv' });
  }
}

/** RFC 4180: CRLF, texts quoted. */
export function csvHead(top: number): string {
  const classes = Array.from({ length: top }, (_, i) => `top${i + 1},top${i + 1}_index,top${i + 1}_probability`);
  return `name,problem,${classes.join(',')}\r\n`;
}

interface Answered {
  readonly predictions: readonly Prediction[];
  readonly problem: { readonly reason: string } | null;
}

/** Always as many fields as the head has: a model may have fewer classes. */
export function csvLine(name: string, { predictions, problem }: Answered, top: number): string {
  const fields = Array.from({ length: top }, (_, i) => {
    const one = predictions[i];
    return one ? `${quoted(one.class)},${one.index},${one.probability}` : ',,';
  });
  return `${[quoted(name), problem ? quoted(problem.reason) : '', ...fields].join(',')}\r\n`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
