import { AppError } from '../../src-shared/errors.ts';

/**
 * Something that is fetched and shown: its value, or why there is none. What was there stays until the next is here, so
 * that nothing jumps; a newer request ends the older one.
 */
export class Loader<Value> {
  value = $state.raw<Value | null>(null);
  error = $state.raw<AppError | null>(null);
  pending = $state(false);
  #abort: AbortController | null = null;

  async load(fetch: (signal: AbortSignal) => Promise<Value>): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.pending = true;
    try {
      const value = await fetch(abort.signal);
      if (abort.signal.aborted) return;
      this.value = value;
      this.error = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = asShown(error);
    }
    this.pending = false;
  }

  /** For when the view goes: an answer that comes later is nobody's. */
  stop(): void {
    this.#abort?.abort();
  }
}

/** Any failure in the form that an error card shows. */
export function asShown(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}
