import type { InstallProgress } from '../../src-shared/contract/engine.ts';
import type { AppError } from '../../src-shared/errors.ts';
import type { Api } from '../api.ts';
import { asShown } from './loader.svelte.ts';

export interface InstallWish {
  readonly variant: 'cpu' | 'gpu';
  /** A folder of wheels to take instead of the network. */
  readonly wheels?: string;
}

/** The installation of an engine that this page has begun: it goes on whatever view is shown, and ends with the page. */
class Installation {
  current = $state.raw<InstallProgress | null>(null);
  error = $state.raw<AppError | null>(null);
  /** Where the engine was put, once it was. */
  done = $state<string | null>(null);
  #abort: AbortController | null = null;

  async start(api: Pick<Api, 'engine'>, wish: InstallWish): Promise<void> {
    if (this.current) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.error = null;
    this.done = null;
    this.current = { step: 'check', message: '' };
    try {
      const steps = await api.engine.install(wish, { signal: abort.signal });
      for await (const step of steps) {
        this.current = step;
        if (step.step === 'done') this.done = step.message;
      }
    } catch (error) {
      if (!abort.signal.aborted) this.error = asShown(error);
    }
    this.current = null;
  }

  /** Nothing of it is left behind. */
  cancel(): void {
    this.#abort?.abort();
  }
}

export const installation = new Installation();
