import { FACETS, NUMBERS, SORTS } from '../../../src-shared/contract/catalog-rows.ts';
import type { CatalogFilter, CatalogSearch, FacetValue } from '../../../src-shared/contract/catalog.ts';
import type { Facet, NumberField } from '../../../src-shared/contract/catalog-rows.ts';
import type { Sorting } from '../../ui/table.ts';

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** A rectangle of the chart of accuracy and speed. */
export interface Brush {
  readonly accuracy: readonly [number, number];
  readonly imagesPerSecond: readonly [number, number];
  /** Points of the chart in it. */
  readonly points: number;
}

/** What the catalog view shows, as its address says it. */
export interface CatalogQuery {
  readonly text: string;
  readonly where: Partial<Record<Facet, FacetValue[]>>;
  readonly ranges: Partial<Record<NumberField, Range>>;
  readonly tags: readonly string[];
  readonly starred: boolean;
  readonly brush: Brush | null;
  readonly sorting: Sorting | null;
  /** By pre-training, the fine-tunes of each below it. */
  readonly grouped: boolean;
  /** The saved view it began with. */
  readonly view: string;
}

export const NO_QUERY: CatalogQuery = {
  text: '',
  where: {},
  ranges: {},
  tags: [],
  starred: false,
  brush: null,
  sorting: null,
  grouped: false,
  view: '',
};

/** Values of these facets are numbers. */
const NUMERIC: ReadonlySet<Facet> = new Set(['wd', 'do', 'adaptLr', 'adaptSteps', 'resolution']);
const UNKNOWN = '-';
const TO = '..';

export function readQuery(search: URLSearchParams): CatalogQuery {
  const where: CatalogQuery['where'] = {};
  for (const facet of FACETS) {
    const values = search.getAll(facet).flatMap((text): FacetValue[] => {
      if (text === UNKNOWN) return [null];
      if (!NUMERIC.has(facet)) return [text];
      return Number.isFinite(Number(text)) ? [Number(text)] : [];
    });
    if (values.length > 0) where[facet] = values;
  }
  const ranges: CatalogQuery['ranges'] = {};
  for (const text of search.getAll('range')) {
    const [name, ends = ''] = text.split(/:(.*)/s, 2);
    const field = NUMBERS.find((one) => one === name);
    const range = readRange(ends);
    if (field && range) ranges[field] = range;
  }
  const sort = search.get('sort') ?? '';
  const column = SORTS.find((by) => by === sort.replace(/^-/, ''));
  return {
    text: search.get('text') ?? '',
    where,
    ranges,
    tags: search.getAll('tag'),
    starred: search.has('starred'),
    brush: readBrush(search.get('brush')),
    sorting: column ? { column, descending: sort.startsWith('-') } : null,
    grouped: search.has('grouped'),
    view: search.get('view') ?? '',
  };
}

function readRange(text: string): Range | null {
  const [low = '', high = ''] = text.split(TO, 2);
  const range = { ...limit('min', low), ...limit('max', high) };
  return Object.keys(range).length === 0 ? null : range;
}

function limit(end: 'min' | 'max', text: string): Range {
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) ? {} : { [end]: value };
}

function readBrush(text: string | null): Brush | null {
  const [a, b, c, d, points] = (text ?? '').split(' ').map(Number);
  if (points === undefined || ![a, b, c, d, points].every(Number.isFinite)) return null;
  return { accuracy: [a!, b!], imagesPerSecond: [c!, d!], points };
}

/** As `href` takes it. */
export function writeQuery(query: CatalogQuery): Record<string, string | boolean | string[]> {
  const { text, where, ranges, tags, starred, brush, sorting, grouped, view } = query;
  const facets = Object.entries(where).map(([facet, values]): [string, string[]] => [
    facet,
    values.map((value) => (value === null ? UNKNOWN : String(value))),
  ]);
  return {
    text,
    ...Object.fromEntries(facets),
    range: Object.entries(ranges).map(([field, { min = '', max = '' }]) => `${field}:${min}${TO}${max}`),
    tag: [...tags],
    starred,
    brush: brush ? [...brush.accuracy, ...brush.imagesPerSecond, brush.points].join(' ') : '',
    sort: sorting ? `${sorting.descending ? '-' : ''}${sorting.column}` : '',
    grouped,
    view,
  };
}

export function filterOf({ text, where, ranges, tags, starred, brush }: CatalogQuery): CatalogFilter {
  const brushed: CatalogQuery['ranges'] = brush
    ? {
        adaptFinalTest: overlap(ranges.adaptFinalTest, brush.accuracy),
        imagesPerSecond: overlap(ranges.imagesPerSecond, brush.imagesPerSecond),
      }
    : {};
  const all = { ...ranges, ...brushed };
  return {
    ...(text.trim() === '' ? {} : { text }),
    where,
    ...(Object.keys(all).length === 0 ? {} : { ranges: all }),
    ...(tags.length === 0 ? {} : { tags: [...tags] }),
    ...(starred ? { starred } : {}),
  };
}

function overlap({ min = -Infinity, max = Infinity }: Range = {}, [low, high]: readonly [number, number]): Range {
  return { min: Math.max(min, low), max: Math.min(max, high) };
}

/** The same question with one value of a facet in or out. */
export function toggled(query: CatalogQuery, facet: Facet, value: FacetValue): CatalogQuery {
  const before = query.where[facet] ?? [];
  const after = before.includes(value) ? before.filter((other) => other !== value) : [...before, value];
  const { [facet]: _, ...others } = query.where;
  return { ...query, where: after.length === 0 ? others : { ...others, [facet]: after } };
}

/** With one range set, or taken away where it has no end. */
export function ranged(query: CatalogQuery, field: NumberField, range: Range): CatalogQuery {
  const { [field]: _, ...others } = query.ranges;
  const empty = range.min === undefined && range.max === undefined;
  return { ...query, ranges: empty ? others : { ...others, [field]: range } };
}

export function withTag(query: CatalogQuery, tag: string, on: boolean): CatalogQuery {
  const others = query.tags.filter((other) => other !== tag);
  return { ...query, tags: on ? [...others, tag] : others };
}

/** Without any condition; order and grouping stay. */
export function cleared({ sorting, grouped }: CatalogQuery): CatalogQuery {
  return { ...NO_QUERY, sorting, grouped };
}

/** The order as the contract takes it. */
export function orderOf({ sorting }: CatalogQuery): Pick<CatalogSearch, 'sort'> {
  const by = SORTS.find((column) => column === sorting?.column);
  return by && sorting ? { sort: { by, descending: sorting.descending } } : {};
}
