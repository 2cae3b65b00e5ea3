import type { EvaluationReport } from '../../../src-shared/contract/report.ts';

/** A cell of the confusion matrix: class indices and how many images. */
export interface Cell {
  readonly truth: number;
  readonly predicted: number;
  readonly count: number;
  /** Of the true class's images; 0 where it has none. */
  readonly share: number;
}

/** The matrix as its non-empty cells, to draw and to ask. */
export class Matrix {
  readonly classes: number;
  readonly cells: readonly Cell[];
  /** Images of the fullest cell. */
  readonly most: number;
  readonly #counts = new Map<number, number>();
  readonly #support: readonly number[];

  constructor({ classes, confusion }: Pick<EvaluationReport, 'classes' | 'confusion'>) {
    this.classes = classes.length;
    this.#support = classes.map(({ support }) => support);
    for (const [truth, predicted, count] of confusion.cells) this.#counts.set(truth * this.classes + predicted, count);
    this.cells = confusion.cells.map(([truth, predicted]) => this.at(truth, predicted));
    this.most = this.cells.reduce((most, { count }) => Math.max(most, count), 0);
  }

  at(truth: number, predicted: number): Cell {
    const count = this.#counts.get(truth * this.classes + predicted) ?? 0;
    const support = this.#support[truth] ?? 0;
    return { truth, predicted, count, share: support === 0 ? 0 : count / support };
  }
}

/** Classes in their own order. */
export function givenOrder(classes: number): number[] {
  return Array.from({ length: classes }, (_, index) => index);
}

/**
 * Classes so that those taken for one another stand together: chains are joined at the ends of their most confused
 * pair, the strongest first. What is never confused keeps its place at the end.
 */
export function clusteredOrder(matrix: Matrix): number[] {
  const chains = givenOrder(matrix.classes).map((index) => [index]);
  const pairs = new Map<number, { a: number; b: number; weight: number }>();
  for (const { truth, predicted, share } of matrix.cells) {
    if (truth === predicted) continue;
    const [a, b] = truth < predicted ? [truth, predicted] : [predicted, truth];
    const key = a * matrix.classes + b;
    pairs.set(key, { a, b, weight: (pairs.get(key)?.weight ?? 0) + share });
  }
  const sorted = [...pairs.values()].sort((p, q) => q.weight - p.weight || p.a - q.a || p.b - q.b);
  for (const { a, b } of sorted) {
    const [one, other] = [chains[a]!, chains[b]!];
    if (one === other) continue;
    const left = nearEnd(one, a) ? one : one.toReversed();
    const right = nearEnd(other, b) ? other.toReversed() : other;
    const joined = [...left, ...right];
    for (const index of joined) chains[index] = joined;
  }
  const seen = new Set<readonly number[]>();
  const groups = chains.filter((chain) => !seen.has(chain) && seen.add(chain));
  return [...groups.filter(({ length }) => length > 1), ...groups.filter(({ length }) => length === 1)].flat();
}

/** Whether an element lies in the second half. */
function nearEnd(chain: readonly number[], element: number): boolean {
  return chain.indexOf(element) >= (chain.length - 1) / 2;
}

/** The part of the matrix that is seen: from a row and a column, so many each way. */
export interface Sight {
  readonly row: number;
  readonly column: number;
  readonly size: number;
}

/** Zooms by a factor (below 1: in) around a place, kept inside. */
export function zoomed(
  sight: Sight,
  { factor, row, column, classes }: { factor: number; row: number; column: number; classes: number },
): Sight {
  const size = Math.min(classes, Math.max(2, Math.round(sight.size * factor)));
  const scale = size / sight.size;
  return inside(
    {
      row: Math.round(row - (row - sight.row) * scale),
      column: Math.round(column - (column - sight.column) * scale),
      size,
    },
    classes,
  );
}

/** The same sight, moved as little as needed to hold a cell. */
export function holding(
  sight: Sight,
  { row, column, classes }: { row: number; column: number; classes: number },
): Sight {
  const into = (from: number, place: number): number =>
    place < from ? place : place >= from + sight.size ? place - sight.size + 1 : from;
  return inside({ ...sight, row: into(sight.row, row), column: into(sight.column, column) }, classes);
}

/** What two corners enclose, as a square of at least two. */
export function between(a: Place, b: Place, classes: number): Sight {
  const size = Math.max(2, Math.abs(a.row - b.row) + 1, Math.abs(a.column - b.column) + 1);
  return inside({ row: Math.min(a.row, b.row), column: Math.min(a.column, b.column), size }, classes);
}

export interface Place {
  readonly row: number;
  readonly column: number;
}

function inside({ row, column, size }: Sight, classes: number): Sight {
  const all = Math.min(size, classes);
  const clamp = (from: number): number => Math.max(0, Math.min(classes - all, from));
  return { row: clamp(row), column: clamp(column), size: all };
}
