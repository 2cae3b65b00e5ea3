import type { EvaluationReport, ReportClass } from '../../../src-shared/contract/report.ts';
import type { Sorting } from '../../ui/table.ts';

/** A class with what most of its wrong images were taken for; null where none was wrong. */
export interface ClassRow extends ReportClass {
  readonly taken: { readonly index: number; readonly count: number } | null;
}

export function classRows({ classes, confusion }: Pick<EvaluationReport, 'classes' | 'confusion'>): ClassRow[] {
  const taken = new Map<number, { index: number; count: number }>();
  for (const [truth, index, count] of confusion.cells)
    if (truth !== index && count > (taken.get(truth)?.count ?? 0)) taken.set(truth, { index, count });
  return classes.map((one) => ({ ...one, taken: taken.get(one.index) ?? null }));
}

const KEYS: Record<string, (row: ClassRow) => number | string | null> = {
  name: ({ name }) => name,
  support: ({ support }) => support,
  recall: ({ recall }) => recall,
  precision: ({ precision }) => precision,
  f1: ({ f1 }) => f1,
  predicted: ({ predicted }) => predicted,
};

/** Sorted, and only those whose name holds the text; what is unknown comes last either way. */
export function arrangedClasses(rows: readonly ClassRow[], text: string, sorting: Sorting): readonly ClassRow[] {
  const wanted = text.trim().toLowerCase();
  const key = KEYS[sorting.column];
  const found = wanted === '' ? rows : rows.filter(({ name }) => name.toLowerCase().includes(wanted));
  if (!key) return found;
  const sign = sorting.descending ? -1 : 1;
  return found.toSorted((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || a.index - b.index;
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y) || a.index - b.index;
    return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
  });
}
