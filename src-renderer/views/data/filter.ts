import type { Api } from '../../api.ts';
import type { DatasetQuery } from './query.ts';

type Filter = Omit<Parameters<Api['datasets']['images']>[0], 'id' | 'after' | 'offset' | 'limit'>;

/** Which images are asked for. */
export function filterOf({ split, label, only, text }: DatasetQuery): Filter {
  return {
    ...(split === null ? {} : { split }),
    ...(label === null ? {} : { label }),
    ...(only === null ? {} : { only }),
    ...(text.trim() === '' ? {} : { text: text.trim().slice(0, 500) }),
  };
}
