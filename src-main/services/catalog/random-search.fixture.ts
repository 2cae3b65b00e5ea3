import { FACETS, NUMBERS, SORTS } from '../../../src-shared/contract/catalog-rows.ts';
import type { CatalogSearch, FacetValue } from '../../../src-shared/contract/catalog.ts';
import { randomStream, STREAM } from '../../../src-shared/random.ts';
import type { Column } from './column.ts';
import type { ReadModel } from './read-model.ts';

const WORDS = [
  'B/16',
  'i21k',
  'medium',
  'aug_light1',
  'wd_0.03',
  'res_384',
  'steps_2k',
  'vit',
  'AugReg',
  'lr_0.0',
  'R26',
];
const MORE_WORDS = ['kitti', 'google', 'sd_0.1', 'imagenet2012', 'nothing-like-it', 'S', '30ep', 'pet'];

/** Random questions over a catalog: zero to four facets, perhaps words, ranges, an order. The same for the same seed. */
export function* randomSearches(model: ReadModel, count: number, seed = 0): Generator<CatalogSearch> {
  const random = randomStream(seed, STREAM.order);
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  const some = (column: Column): FacetValue => pick<FacetValue>([...column.values, null]);
  for (let i = 0; i < count; i++) {
    const input: CatalogSearch = { limit: 1 + random.below(60) };
    const where: NonNullable<CatalogSearch['where']> = {};
    for (let n = random.below(5); n > 0; n--) {
      const facet = pick(FACETS);
      where[facet] = Array.from({ length: 1 + random.below(3) }, () => some(model.columns[facet]));
    }
    if (Object.keys(where).length > 0) input.where = where;
    if (random.below(2) === 0) {
      input.text = Array.from({ length: 1 + random.below(2) }, () => pick([...WORDS, ...MORE_WORDS])).join(' ');
    }
    if (random.below(3) === 0) {
      const field = pick(NUMBERS);
      const { values } = model.columns[field];
      if (values.length > 0) {
        const [a, b] = [pick(values), pick(values)].map(Number).sort((x, y) => x - y);
        input.ranges = { [field]: pick([{ min: a! }, { max: b! }, { min: a!, max: b! }]) };
      }
    }
    if (random.below(4) > 0) input.sort = { by: pick(SORTS), descending: random.below(2) === 0 };
    yield input;
  }
}
