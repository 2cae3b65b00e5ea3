import { FACETS, NUMBERS } from '../../../src-shared/contract/catalog-rows.ts';
import type { CatalogFilter, CatalogResult, CatalogSearch, FacetCount } from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint, Facet } from '../../../src-shared/contract/catalog-rows.ts';
import type { Evidence, Kind } from '../../../src-shared/models/collections/release.ts';
import { binOf, codeOfValue, codesBetween, orderOf, placeOfValue, valueAt } from './column.ts';
import type { Column } from './column.ts';
import { fingerprint, readCursor, writeCursor } from './cursor.ts';
import type { Position } from './cursor.ts';
import type { Overlay } from './overlay.ts';
import { FIELDS, placeOfName } from './read-model.ts';
import type { Field, ReadModel } from './read-model.ts';
import type { TextSearch } from './text-search.ts';

/** Everything a search reads. */
export interface Searched {
  readonly model: ReadModel;
  readonly overlay: Overlay;
  readonly text: TextSearch;
  /** Orders worked out so far, by field and direction. */
  readonly orders: Map<string, Uint32Array>;
  /** Room for the rows that are counted, as many as there are: a search is over before the next begins. */
  readonly room: Uint32Array;
}

/** A row's mark while conditions are tried: met all so far, failed one facet (its place + 1), or out. */
const PASSED = 0;
const OUT = 255;

/** A page of the rows that meet every condition, their number, and the counts of each facet without its own. */
export function search(searched: Searched, input: CatalogSearch): CatalogResult {
  const { model, overlay } = searched;
  const { sort = { by: 'name' }, limit = 50, offset = 0, after, facets = true, ...filter } = input;
  const marks = markRows(searched, filter);
  let total = 0;
  for (const mark of marks) if (mark === PASSED) total++;

  const descending = sort.descending ?? false;
  const question = fingerprint([sort.by, descending, filter]);
  const order = orderBy(searched, sort.by, descending);
  const start = after === undefined ? 0 : placeBehind(searched, sort, readCursor(after, question));
  const page: number[] = [];
  let passed = 0;
  for (let at = start; at < order.length && page.length <= limit; at++) {
    if (marks[order[at]!] === PASSED && passed++ >= offset) page.push(order[at]!);
  }
  const more = page.length > limit;
  const rows = page.slice(0, limit);
  const last = rows.at(-1);
  const valueOf = (row: number) => (sort.by === 'name' ? null : valueAt(model.columns[sort.by], row));
  return {
    total,
    rows: rows.map((row) => rowAt(model, overlay, row)),
    next: more && last !== undefined ? writeCursor(question, { value: valueOf(last), name: model.names[last]! }) : null,
    facets: facets ? countFacets(searched, filter, marks) : {},
    tags: facets ? countTags(overlay, marks) : [],
    revision: model.revision,
  };
}

/** All matching rows in order, for those who want them all. */
export function* matching(searched: Searched, input: CatalogFilter & Pick<CatalogSearch, 'sort'>): Generator<number> {
  const { sort = { by: 'name' }, ...filter } = input;
  const marks = markRows(searched, filter);
  for (const row of orderBy(searched, sort.by, sort.descending ?? false)) if (marks[row] === PASSED) yield row;
}

/** Pre-trainings of the matching rows, in the order of their names, and how many rows of each match. */
export function matchingLineages(searched: Searched, filter: CatalogFilter): { name: string; matching: number }[] {
  const { values, codes } = searched.model.columns.pretraining;
  const counts = new Uint32Array(values.length + 1);
  const marks = markRows(searched, filter);
  for (let row = 0; row < marks.length; row++) if (marks[row] === PASSED) counts[codes[row]!]!++;
  return values.flatMap((name, i) => (counts[i + 1] === 0 ? [] : [{ name: String(name), matching: counts[i + 1]! }]));
}

/** Tries every condition on every row. */
function markRows({ model, overlay, text }: Searched, filter: CatalogFilter): Uint8Array {
  const rows = model.names.length;
  const marks = new Uint8Array(rows);
  for (const field of NUMBERS) {
    const range = filter.ranges?.[field];
    if (!range || (range.min === undefined && range.max === undefined)) continue;
    const column = model.columns[field];
    const [first, last] = codesBetween(column, range.min, range.max);
    for (let row = 0; row < rows; row++) {
      const code = column.codes[row]!;
      if (code < first || code > last) marks[row] = OUT;
    }
  }
  keepWhere(marks, filter.starred, overlay.starred);
  keepWhere(marks, filter.comparing, overlay.comparing);
  if (filter.pretraining !== undefined) {
    const { codes } = model.columns.pretraining;
    const code = codeOfValue(model.columns.pretraining, filter.pretraining);
    for (let row = 0; row < rows; row++) if (codes[row] !== code) marks[row] = OUT;
  }
  for (const tag of filter.tags ?? []) {
    for (let row = 0; row < rows; row++) if (!overlay.tags.get(row)?.includes(tag)) marks[row] = OUT;
  }
  if (filter.text !== undefined) {
    const hits = text.hitsOf(filter.text, model.lastText);
    if (hits === null) return marks.fill(OUT);
    const [ofPretraining, ofAdaptation, own] = model.texts;
    for (const { catalog, annotations } of hits) {
      for (let row = 0; row < rows; row++) {
        const found =
          catalog[ofPretraining[row]!]! |
          catalog[ofAdaptation[row]!]! |
          catalog[own[row]!]! |
          annotations[overlay.texts[row]!]!;
        if (found === 0) marks[row] = OUT;
      }
    }
  }
  FACETS.forEach((facet, i) => {
    const wanted = filter.where?.[facet];
    if (!wanted) return;
    const { codes } = model.columns[facet];
    const allowed = allowedCodes(model.columns[facet], wanted);
    for (let row = 0; row < rows; row++) {
      if (allowed[codes[row]!] === 0) marks[row] = marks[row] === PASSED ? i + 1 : OUT;
    }
  });
  return marks;
}

function keepWhere(marks: Uint8Array, wanted: boolean | undefined, flags: Uint8Array): void {
  if (wanted === undefined) return;
  const flag = wanted ? 1 : 0;
  for (let row = 0; row < marks.length; row++) if (flags[row] !== flag) marks[row] = OUT;
}

function allowedCodes(column: Column, wanted: readonly (string | number | null)[]): Uint8Array {
  const allowed = new Uint8Array(column.values.length + 1);
  for (const value of wanted) {
    const code = codeOfValue(column, value);
    if (code >= 0) allowed[code] = 1;
  }
  return allowed;
}

/** Counts each facet under the other facets' conditions: rows that passed, and those that failed at it alone. */
function countFacets(
  { model, room }: Searched,
  filter: CatalogFilter,
  marks: Uint8Array,
): Partial<Record<Facet, FacetCount[]>> {
  const passed = rowsMarked(marks, PASSED, room);
  const counts: Partial<Record<Facet, FacetCount[]>> = {};
  FACETS.forEach((facet, i) => {
    const { values, codes } = model.columns[facet];
    const found = new Uint32Array(values.length + 1);
    addCounts(found, codes, passed);
    if (filter.where?.[facet]) addMarked(found, codes, { marks, mark: i + 1 });
    const counted: FacetCount[] = [];
    for (let code = 1; code < found.length; code++)
      if (found[code]! > 0) counted.push({ value: values[code - 1]!, count: found[code]! });
    if (found[0]! > 0) counted.push({ value: null, count: found[0]! });
    counts[facet] = counted;
  });
  return counts;
}

function rowsMarked(marks: Uint8Array, mark: number, room: Uint32Array): Uint32Array {
  let count = 0;
  for (let row = 0; row < marks.length; row++) if (marks[row] === mark) room[count++] = row;
  return room.subarray(0, count);
}

/** The hottest loop of a search. */
function addCounts(found: Uint32Array, codes: Uint32Array, rows: Uint32Array): void {
  for (let i = 0; i < rows.length; i++) found[codes[rows[i]!]!]!++;
}

function addMarked(found: Uint32Array, codes: Uint32Array, { marks, mark }: { marks: Uint8Array; mark: number }): void {
  for (let row = 0; row < marks.length; row++) if (marks[row] === mark) found[codes[row]!]!++;
}

function countTags({ tags }: Overlay, marks: Uint8Array): { tag: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const [row, own] of tags) {
    if (marks[row] === PASSED) for (const tag of own) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts].map(([tag, count]) => ({ tag, count })).sort((a, b) => (a.tag < b.tag ? -1 : 1));
}

type SortField = NonNullable<CatalogSearch['sort']>['by'];

function orderBy({ model, orders }: Searched, by: SortField, descending: boolean): Uint32Array {
  const key = `${by} ${descending}`;
  let order = orders.get(key);
  if (!order) {
    order =
      by === 'name'
        ? Uint32Array.from(model.names, (_, i) => (descending ? model.names.length - 1 - i : i))
        : orderOf(model.columns[by], descending);
    orders.set(key, order);
  }
  return order;
}

/** The place in the order right behind a position, whether or not its row is still there. */
function placeBehind(searched: Searched, sort: NonNullable<CatalogSearch['sort']>, position: Position): number {
  const { model } = searched;
  const descending = sort.descending ?? false;
  const order = orderBy(searched, sort.by, descending);
  const found = placeOfName(model, position.name);
  // Half a place behind the row before, where the name is gone.
  const row = found >= 0 ? found : -found - 1.5;
  const isBehind = (other: number): boolean => {
    if (sort.by === 'name') return descending ? other < row : other > row;
    const column = model.columns[sort.by];
    const bin = binOf(column.codes[other]!, column.values.length, descending);
    const own = binOfValue(column, position.value, descending);
    return bin === own ? other > row : bin > own;
  };
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(order[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** As `binOf`; a value that no row has any more lies between its neighbours. */
function binOfValue(column: Column, value: Position['value'], descending: boolean): number {
  const distinct = column.values.length;
  const code = codeOfValue(column, value);
  if (code >= 0) return binOf(code, distinct, descending);
  const place = placeOfValue(column, value!) - 0.5;
  return descending ? distinct - 1 - place : place;
}

export function rowAt({ names, columns }: ReadModel, overlay: Overlay, row: number): CatalogCheckpoint {
  const values = Object.fromEntries(FIELDS.map((field) => [field, valueAt(columns[field], row)])) as Record<
    Field,
    never
  > & { kind: Kind; evidence: Evidence };
  return {
    name: names[row]!,
    ...values,
    starred: overlay.starred[row] === 1,
    tags: [...(overlay.tags.get(row) ?? [])],
  };
}
