import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';

/** The fine-tunings of one pre-training as a grid. */
export interface SiblingGrid {
  readonly rows: readonly {
    readonly set: string;
    readonly resolution: number;
    readonly cells: readonly (Cell | null)[];
  }[];
  readonly columns: readonly { readonly steps: number; readonly lr: number }[];
  /** Fine-tunings with a published test figure, of how many. */
  readonly known: number;
  readonly of: number;
}

export interface Cell {
  readonly name: string;
  /** adapt_final_test */
  readonly value: number | null;
  /** Where the value stands among those of the same set, 0 to 1; null without a value. */
  readonly strength: number | null;
}

/** Rows: set, then resolution; columns: steps, then rate. A place that nothing was fine-tuned at is null. */
export function siblingGrid(siblings: readonly CatalogCheckpoint[]): SiblingGrid {
  const finetuned = siblings.flatMap((one) => {
    const { name, adaptDs: set, adaptLr: lr, adaptSteps: steps, resolution, adaptFinalTest: value } = one;
    return set === null || lr === null || steps === null || resolution === null
      ? []
      : [{ name, set, lr, steps, resolution, value }];
  });
  const rows = unique(finetuned.map(({ set, resolution }) => ({ set, resolution }))).sort(
    (a, b) => (a.set < b.set ? -1 : a.set > b.set ? 1 : 0) || a.resolution - b.resolution,
  );
  const columns = unique(finetuned.map(({ steps, lr }) => ({ steps, lr }))).sort(
    (a, b) => a.steps - b.steps || a.lr - b.lr,
  );
  const strengthOf = strengths(finetuned);
  return {
    columns,
    rows: rows.map(({ set, resolution }) => ({
      set,
      resolution,
      cells: columns.map(({ steps, lr }) => {
        const found = finetuned.find(
          (one) => one.set === set && one.resolution === resolution && one.steps === steps && one.lr === lr,
        );
        return found ? { name: found.name, value: found.value, strength: strengthOf(found) } : null;
      }),
    })),
    known: finetuned.filter(({ value }) => value !== null).length,
    of: finetuned.length,
  };
}

/** Where the cursor goes by a key: to the next cell that there is; where it is, if there is none. */
export function moveInGrid(
  { rows }: SiblingGrid,
  [row, column]: readonly [number, number],
  key: string,
): [number, number] {
  const steps: Record<string, readonly [number, number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  };
  const step = steps[key];
  if (!step) return [row, column];
  let [r, c] = [row + step[0], column + step[1]];
  for (let cells = rows[r]?.cells; cells && c >= 0 && c < cells.length; cells = rows[r]?.cells) {
    if (cells[c]) return [r, c];
    r += step[0];
    c += step[1];
  }
  return [row, column];
}

function strengths(all: readonly { set: string; value: number | null }[]) {
  const ranges = new Map<string, [number, number]>();
  for (const { set, value } of all) {
    if (value === null) continue;
    const [low, high] = ranges.get(set) ?? [value, value];
    ranges.set(set, [Math.min(low, value), Math.max(high, value)]);
  }
  return ({ set, value }: { set: string; value: number | null }): number | null => {
    if (value === null) return null;
    const [low, high] = ranges.get(set)!;
    return low === high ? 1 : (value - low) / (high - low);
  };
}

function unique<T extends object>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
