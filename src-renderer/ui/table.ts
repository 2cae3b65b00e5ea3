import type { Snippet } from 'svelte';

/** One column of a table over rows of type Row. */
export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** px; the last column takes what is left. */
  readonly width: number;
  /** Numbers stand under one another. */
  readonly align?: 'end';
  readonly sortable?: boolean;
  /** The cell's text; null shows a dash. */
  readonly text: (row: Row) => string | null;
  /** Why there is a dash, on hover. */
  readonly unknown?: (row: Row) => string | undefined;
  /** In place of the text. */
  readonly cell?: Snippet<[Row]>;
}

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

/** Rows by number, of which only some may be here yet. */
export interface Rows<Row> {
  readonly count: number;
  at(index: number): Row | undefined;
}

/** Where the cursor goes by a key; null for a key that doesn't move it. */
export function moveCursor(key: string, at: number, { count, page }: { count: number; page: number }): number | null {
  const moves: Record<string, number> = {
    j: at + 1,
    ArrowDown: at + 1,
    k: at - 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  };
  const to = moves[key];
  return to === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, to));
}
