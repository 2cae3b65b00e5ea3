/** A grid's measures, px. */
export interface GridShape {
  columns: number;
  /** Of a square cell. */
  cell: number;
}

export const GAP = 4;
/** A cell is at least so wide. */
const LEAST = 116;

/** As many columns as fit, stretched to the edges. */
export function shapeOf(width: number): GridShape {
  const columns = Math.max(2, Math.floor((width + GAP) / (LEAST + GAP)));
  return { columns, cell: Math.max(24, (width - GAP * (columns - 1)) / columns) };
}

/** Where a key leads from `at`; null for any other key. */
export function moveInGrid(
  key: string,
  at: number,
  { columns, count, page }: { columns: number; count: number; page: number },
): number | null {
  const step: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    PageDown: columns * page,
    PageUp: -columns * page,
    j: columns,
    k: -columns,
  };
  if (key === 'Home') return 0;
  if (key === 'End') return Math.max(0, count - 1);
  const by = Object.hasOwn(step, key) ? step[key]! : null;
  if (by === null || count === 0) return null;
  const to = at + by;
  if (to >= 0 && to < count) return to;
  // One that leads out stays in its column, or goes as far as there is something.
  return Math.abs(by) === 1 || to < 0 ? at : Math.min(count - 1, to);
}
