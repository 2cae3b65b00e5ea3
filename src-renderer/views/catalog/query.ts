import { FACETS, SORTS } from '../../../src-shared/contract/catalog-rows.ts';
import type { CatalogFilter, CatalogSearch, FacetValue } from '../../../src-shared/contract/catalog.ts';
import type { Facet } from '../../../src-shared/contract/catalog-rows.ts';
import type { Sorting } from '../../ui/table.ts';

/** What the catalog view shows, as its address says it. */
export interface CatalogQuery {
  text: string;
  where: Partial<Record<Facet, FacetValue[]>>;
  starred: boolean;
  sorting: Sorting | null;
}

/** Values of these facets are numbers. */
const NUMERIC: ReadonlySet<Facet> = new Set(['wd', 'do', 'adaptLr', 'adaptSteps', 'resolution']);
const UNKNOWN = '-';

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
  const sort = search.get('sort') ?? '';
  const column = SORTS.find((by) => by === sort.replace(/^-/, ''));
  return {
    text: search.get('text') ?? '',
    where,
    starred: search.has('starred'),
    sorting: column ? { column, descending: sort.startsWith('-') } : null,
  };
}

/** As `href` takes it. */
export function writeQuery({
  text,
  where,
  starred,
  sorting,
}: CatalogQuery): Record<string, string | boolean | string[]> {
  const facets = Object.entries(where).map(([facet, values]): [string, string[]] => [
    facet,
    values.map((value) => (value === null ? UNKNOWN : String(value))),
  ]);
  return {
    text,
    ...Object.fromEntries(facets),
    starred,
    sort: sorting ? `${sorting.descending ? '-' : ''}${sorting.column}` : '',
  };
}

export function filterOf({ text, where, starred }: CatalogQuery): CatalogFilter {
  return { ...(text.trim() === '' ? {} : { text }), where, ...(starred ? { starred } : {}) };
}

/** The same question with one value of a facet in or out. */
export function toggled(query: CatalogQuery, facet: Facet, value: FacetValue): CatalogQuery {
  const before = query.where[facet] ?? [];
  const after = before.includes(value) ? before.filter((other) => other !== value) : [...before, value];
  const { [facet]: _, ...others } = query.where;
  return { ...query, where: after.length === 0 ? others : { ...others, [facet]: after } };
}

/** The order as the contract takes it. */
export function orderOf({ sorting }: CatalogQuery): Pick<CatalogSearch, 'sort'> {
  const by = SORTS.find((column) => column === sorting?.column);
  return by && sorting ? { sort: { by, descending: sorting.descending } } : {};
}
