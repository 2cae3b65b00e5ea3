import type { Preflight } from '../../../src-shared/contract/preflight.ts';
import type { Api } from '../../api.ts';
import { Loader } from '../../ui/loader.svelte.ts';

type Input = Parameters<Api['runs']['preflight']>[0];

/** The preflight of what was chosen when it was asked for. */
export class PreflightView {
  readonly answer = new Loader<Preflight>();
  /** When it began, ms; null while none runs. */
  since = $state<number | null>(null);
  #of = $state.raw('');
  readonly #api: Pick<Api, 'runs'>;

  constructor(api: Pick<Api, 'runs'>) {
    this.#api = api;
  }

  async run(input: Input): Promise<void> {
    this.since = Date.now();
    this.#of = JSON.stringify(input);
    await this.answer.load((signal) => this.#api.runs.preflight(input, { signal }));
    if (!this.answer.pending) this.since = null;
  }

  cancel(): void {
    this.answer.stop();
    this.answer.pending = false;
    this.since = null;
  }

  /** Whether its answer is of this. */
  isOf(input: Input): boolean {
    return this.#of === JSON.stringify(input);
  }
}
