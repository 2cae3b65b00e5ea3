import { moreParts } from '../../../src-shared/config/batch-parts.ts';
import { memoryVerdict } from '../../../src-shared/models/memory.ts';

/** What can be found out of the step that computes a batch in so many parts. */
export interface PartsQuestions {
  /** Bytes that are free now. */
  free: () => Promise<number>;
  /** Bytes that the step should take, by all that is known now; and whether measured steps have taught that. */
  estimate: (parts: number) => { bytes: number; measured: boolean };
  /** Runs it: bytes that it took, null where memory ran out. Itself null where steps can't be measured. */
  probe: ((parts: number) => Promise<number | null>) | null;
}

export interface ChosenParts {
  parts: number;
  /** Of the step, and those that were free before it. */
  bytes: number;
  freeBytes: number;
  /** A step was run. */
  probed: boolean;
}

/** No number of parts fits; these are of the most parts. */
export interface NothingFits extends Omit<ChosenParts, 'bytes'> {
  /** Null where memory ran out. */
  bytes: number | null;
}

/**
 * The smallest of the possible numbers of parts whose step fits into free memory: by the estimate first, then one step
 * is run, and where that takes more than it should, the next number is looked for with what was learnt. The most parts
 * may fit tightly, as there is nothing else to try; what surely doesn't fit is not run.
 * @param possible ascending, at least one
 */
export async function chooseParts(
  possible: readonly number[],
  { free, estimate, probe }: PartsQuestions,
): Promise<{ chosen: ChosenParts } | { nothing: NothingFits }> {
  const last = possible.at(-1)!;
  const fits = (parts: number, bytes: number, { of, measured }: { of: number; measured: boolean }): boolean => {
    const verdict = memoryVerdict(bytes, of, { measured });
    return verdict === 'fits' || (verdict === 'tight' && parts === last);
  };
  for (let candidates = possible; ;) {
    const freeBytes = await free();
    const parts = candidates.find((n) => {
      const { bytes, measured } = estimate(n);
      return fits(n, bytes, { of: freeBytes, measured });
    });
    if (parts === undefined) return { nothing: { parts: last, bytes: estimate(last).bytes, freeBytes, probed: false } };
    if (!probe) return { chosen: { parts, bytes: estimate(parts).bytes, freeBytes, probed: false } };
    const bytes = await probe(parts);
    if (bytes !== null && fits(parts, bytes, { of: freeBytes, measured: true }))
      return { chosen: { parts, bytes, freeBytes, probed: true } };
    // Where memory ran out nothing was learnt but that: half the images.
    const next = bytes === null ? moreParts(parts, candidates) : (candidates.find((n) => n > parts) ?? null);
    if (next === null) return { nothing: { parts, bytes, freeBytes, probed: true } };
    candidates = candidates.filter((n) => n >= next);
  }
}
