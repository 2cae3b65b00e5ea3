import type { Dataset } from '../../src-shared/contract/datasets.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { Api } from '../api.ts';
import type { Live } from '../live/live.svelte.ts';

/** A data set once its folder was read. @throws AppError what its reading failed with */
export async function untilRead(
  api: Pick<Api, 'datasets'>,
  { live, id }: { live: Live; id: string },
): Promise<Dataset> {
  for (;;) {
    const change = Promise.withResolvers<void>();
    const stop = live.on('dataset', (event) => {
      if (event === null || event.id === id) change.resolve();
    });
    try {
      const dataset = await api.datasets.get({ id });
      if (dataset.state === 'failed')
        throw new AppError('bad_dataset', dataset.error?.message ?? `“${dataset.name}” could not be read.`);
      if (dataset.state !== 'reading') return dataset;
      await change.promise;
    } finally {
      stop();
    }
  }
}
