import type { Dataset } from '../../../src-shared/contract/datasets.ts';

const SHOWN = 6;

/** Addresses of a few pictures from all over a data set: six of one class would say little. */
export function stripOf({
  id,
  images,
  excluded,
  state,
}: Pick<Dataset, 'id' | 'images' | 'excluded' | 'state'>): string[] {
  const all = images + excluded;
  if (state === 'reading' || state === 'failed' || all === 0) return [];
  const count = Math.min(SHOWN, all);
  return Array.from({ length: count }, (_, i) => `/media/thumbnails/${id}/${Math.floor(((i + 0.5) * all) / count)}`);
}
