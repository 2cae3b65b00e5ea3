import type { EvaluationImagesQuery, ScoredImage } from '../../../src-shared/contract/evaluations.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import { asShown } from '../../ui/loader.svelte.ts';

const PAGE = 60;

type Question = Pick<EvaluationImagesQuery, 'id'> &
  Partial<Pick<EvaluationImagesQuery, 'truth' | 'predicted' | 'only' | 'images'>>;

/** Images of a report that answer a question, a page after the other. */
export class ScoredImages {
  images = $state.raw<readonly ScoredImage[]>([]);
  total = $state<number | null>(null);
  error = $state.raw<AppError | null>(null);
  busy = $state(false);
  readonly #api: Pick<Api, 'evaluations'>;
  readonly #question: Question;
  readonly #first: number;

  /** @param first images of the first page */
  constructor(api: Pick<Api, 'evaluations'>, question: Question, first = PAGE) {
    this.#api = api;
    this.#question = question;
    this.#first = first;
  }

  /** How many the next page brings. */
  get next(): number {
    return Math.min(PAGE, (this.total ?? 0) - this.images.length);
  }

  async more(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const offset = this.images.length;
      const limit = offset === 0 ? this.#first : PAGE;
      const { images, total } = await this.#api.evaluations.images({ ...this.#question, offset, limit });
      this.images = [...this.images, ...images];
      this.total = total;
      this.error = null;
    } catch (error) {
      this.error = asShown(error);
    } finally {
      this.busy = false;
    }
  }
}
