/** What one turn of a contestant took. */
export interface Turn {
  /** Seconds. */
  wall: number;
  /** Seconds of processor time of its process, all threads. */
  cpu: number;
  /** Images, or floating-point operations. */
  items: number;
}

export interface Summary {
  name: string;
  /** Medians over the turns: items a second, and items a second of processor time. */
  perSecond: number;
  perCpuSecond: number;
  turns: number;
  /** Of steps: most memory during the turns, and seconds to the end of the first step. */
  peakBytes?: number;
  firstStep?: number | undefined;
}

export type Entrant = [name: string, turn: () => Promise<Turn>];

/**
 * Lets contestants take turns, so that whatever else the machine does falls on all of them alike. The first turn of
 * each is a warm-up and doesn't count.
 */
export async function takeTurns(entrants: readonly Entrant[], rounds: number): Promise<Summary[]> {
  const turns = entrants.map((): Turn[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, [, turn]] of entrants.entries()) {
      const result = await turn();
      if (round >= 0) turns[i]!.push(result);
    }
  }
  return entrants.map(([name], i) => ({
    name,
    perSecond: median(turns[i]!.map(({ items, wall }) => items / wall)),
    perCpuSecond: median(turns[i]!.map(({ items, cpu }) => items / cpu)),
    turns: rounds,
  }));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The smallest value that a share `q` of all don't exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]!;
}
