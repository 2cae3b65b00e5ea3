/** One of several equal parts of a batch, each computed on a device of its own. */
export interface Tower {
  readonly index: number;
  readonly count: number;
}

let current: Tower | undefined;

/**
 * Runs `compute` as one tower: what it records is placed on the tower's device and compiled by itself, and what it draws
 * for its part of the batch is that part of what the whole batch would draw. There the first axis of whatever is drawn
 * is the batch. Op by op, only the draws differ.
 */
export function inTower<T>(tower: Tower, compute: () => T): T {
  const outer = current;
  current = tower;
  try {
    return compute();
  } finally {
    current = outer;
  }
}

/** The tower that is computed now; none outside. */
export function currentTower(): Tower | undefined {
  return current;
}
