export type Value = string | number | null;

/**
 * A column by its distinct values: each row holds a code. 0 is null; code c is `values[c - 1]`, and codes are in the
 * order of the values, so that sorting, ranges and counts work on small whole numbers.
 */
export interface Column {
  /** Ascending, without null. */
  readonly values: readonly (string | number)[];
  readonly codes: Uint32Array;
}

/** Column `at` of rows that hold either texts or numbers there, or null. */
export function columnOf(rows: readonly (readonly Value[])[], at: number): Column {
  const found = new Map<string | number, number>();
  const firstSeen = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i]![at]!;
    if (value === null) continue;
    let code = found.get(value);
    if (code === undefined) found.set(value, (code = found.size + 1));
    firstSeen[i] = code;
  }
  const values = sorted([...found.keys()]);
  const codeOf = new Uint32Array(found.size + 1);
  values.forEach((value, i) => (codeOf[found.get(value)!] = i + 1));
  return { values, codes: firstSeen.map((code) => codeOf[code]!) };
}

function sorted(values: (string | number)[]): (string | number)[] {
  return typeof values[0] === 'number'
    ? [...Float64Array.from(values as number[]).sort()]
    : values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A column of fewer rows spread over more: row i has what `places[i]` has. */
export function expanded({ values, codes }: Column, places: Uint32Array): Column {
  return { values, codes: places.map((place) => codes[place]!) };
}

export function valueAt({ values, codes }: Column, row: number): Value {
  const code = codes[row]!;
  return code === 0 ? null : values[code - 1]!;
}

/** How many values are below `value`: the place it has, or would have. */
export function placeOfValue({ values }: Pick<Column, 'values'>, value: string | number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The code of a value; -1 where no row has it. */
export function codeOfValue(column: Column, value: Value): number {
  if (value === null) return 0;
  const place = placeOfValue(column, value);
  return column.values[place] === value ? place + 1 : -1;
}

/** Codes of the values from `min` to `max`, both included; null is none of them. */
export function codesBetween(column: Column, min: number | undefined, max: number | undefined): [number, number] {
  const { values } = column;
  const first = min === undefined ? 0 : placeOfValue(column, min);
  let end = max === undefined ? values.length : placeOfValue(column, max);
  if (max !== undefined && values[end] === max) end++;
  return [first + 1, end];
}

/** Rows in the order of a column, unknown ones last either way, equal ones as they are. Counting sort: O(rows). */
export function orderOf({ values, codes }: Column, descending: boolean): Uint32Array {
  const starts = new Uint32Array(values.length + 2);
  for (const code of codes) starts[binOf(code, values.length, descending) + 1]!++;
  for (let bin = 1; bin < starts.length; bin++) starts[bin]! += starts[bin - 1]!;
  const order = new Uint32Array(codes.length);
  for (let row = 0; row < codes.length; row++) {
    order[starts[binOf(codes[row]!, values.length, descending)]!++] = row;
  }
  return order;
}

/** The place of a code among the others in sorted order, from 0; null's is the last. */
export function binOf(code: number, distinct: number, descending: boolean): number {
  if (code === 0) return distinct;
  return descending ? distinct - code : code - 1;
}
