import { AppError } from '../../../src-shared/errors.ts';

export interface EachOptions {
  /** Calls under way at a time. */
  limit: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Calls `act` on every item, a few at a time; the first failure stops it. Throws interrupted when aborted. */
export async function eachLimited<T>(
  items: readonly T[],
  act: (item: T, i: number) => Promise<void>,
  options: EachOptions,
): Promise<void> {
  let next = 0;
  let done = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (next < items.length && !failed) {
      if (options.signal?.aborted) throw new AppError('interrupted', 'Reading the data set was interrupted.');
      const i = next++;
      await act(items[i]!, i);
      options.onProgress?.(++done, items.length);
    }
  };
  const guarded = () =>
    work().catch((error: unknown) => {
      failed = true;
      throw error;
    });
  const results = await Promise.allSettled(Array.from({ length: Math.min(options.limit, items.length) }, guarded));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
