import { sameShape } from '../../src-shared/models/params.ts';
import { AppError } from '../../src-shared/errors.ts';

/** A difference d is within tolerance when d <= atol + rtol · |expected|. */
export interface Tolerance {
  atol: number;
  rtol?: number;
}

/** One array, or one number, held against the expected one. */
export interface Comparison {
  what: string;
  /** Largest absolute difference; infinite where a value is not a number. */
  difference: number;
  tolerance: Tolerance;
  /** The largest share of its tolerance that any value's difference takes; at most 1 passes. */
  share: number;
}

export interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Compares two arrays element by element.
 * @throws AppError bad_checkpoint when their shapes differ: no difference can be told then.
 */
export function compareArrays(
  what: string,
  got: Numbers,
  { expected, ...tolerance }: Tolerance & { expected: Numbers },
): Comparison {
  if (!sameShape(got.shape, expected.shape) || got.data.length !== expected.data.length) {
    throw new AppError(
      'bad_checkpoint',
      `${what} has shape [${got.shape.join(', ')}], expected [${expected.shape.join(', ')}].`,
    );
  }
  const { atol, rtol = 0 } = tolerance;
  let difference = 0;
  let share = 0;
  for (let i = 0; i < got.data.length; i++) {
    const a = got.data[i]!;
    const b = expected.data[i]!;
    if (a === b) continue;
    const d = Math.abs(a - b);
    const part = Number.isFinite(d) ? d / (atol + rtol * Math.abs(b)) : Infinity; // d > 0: no tolerance gives Infinity
    if (!(d <= difference)) difference = Number.isFinite(d) ? d : Infinity;
    if (part > share) share = part;
  }
  return { what, difference, tolerance, share };
}

export function compareNumber(
  what: string,
  got: number,
  { expected, ...tolerance }: Tolerance & { expected: number },
): Comparison {
  return compareArrays(what, { shape: [], data: [got] }, { expected: { shape: [], data: [expected] }, ...tolerance });
}

/** Several comparisons of the same thing (each step, each parameter) as one: the worst of them. */
export function worstOf(what: string, comparisons: readonly Comparison[]): Comparison {
  if (comparisons.length === 0) throw new AppError('bad_checkpoint', `${what}: there is nothing to compare with.`);
  const worst = worstComparison(comparisons);
  const difference = Math.max(...comparisons.map((c) => c.difference));
  const where = worst.share > 1 && worst.what !== '' ? `${what} (${worst.what})` : what;
  return { ...worst, what: where, difference: worst.share > 1 ? worst.difference : difference };
}

/** The comparison that is nearest to its tolerance, or furthest beyond it. */
export function worstComparison(comparisons: readonly Comparison[]): Comparison {
  return comparisons.reduce((worst, c) => (c.share > worst.share ? c : worst));
}

export function passes(comparison: Comparison): boolean {
  return comparison.share <= 1;
}
