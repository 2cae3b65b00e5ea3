import type { AppError } from '../../../src-shared/errors.ts';
import type { RunDetail } from '../../../src-shared/contract/runs.ts';
import type { Api } from '../../api.ts';
import { asShown } from '../../ui/loader.svelte.ts';
import type { Curve } from './curves.ts';

/** Of one run's curve, where twenty are drawn together. */
const MAX_POINTS = 1000;

export interface Compared {
  run: RunDetail;
  curves: readonly Curve[];
}

/** Several runs beside one another, as they were when the page was opened or reread. */
export class Comparison {
  runs = $state.raw<readonly Compared[]>([]);
  error = $state.raw<AppError | null>(null);
  loaded = $state(false);
  readonly #api: Pick<Api, 'runs'>;
  #asked = 0;

  constructor(api: Pick<Api, 'runs'>) {
    this.#api = api;
  }

  /** Reads them all; those that are gone are left out, and the error names the first. */
  async load(ids: readonly string[]): Promise<void> {
    const asked = ++this.#asked;
    const answers = await Promise.allSettled(ids.map((id) => this.#read(id)));
    if (asked !== this.#asked) return;
    const failed = answers.find((answer) => answer.status === 'rejected');
    this.error = failed ? asShown(failed.reason) : null;
    this.runs = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    this.loaded = true;
  }

  async #read(id: string): Promise<Compared> {
    const [run, { series }] = await Promise.all([
      this.#api.runs.get({ id }),
      this.#api.runs.metrics({ id, maxPoints: MAX_POINTS }),
    ]);
    return { run, curves: series };
  }
}
