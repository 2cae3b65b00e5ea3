import type { Fingerprint, PhotoSummary } from './fingerprint.ts';

/**
 * Numbers that differ by no more than this share of the outputs' root mean square, or of 1, come from the same weights.
 * TensorFlow and WASM differ by up to 1.1e-5 on the golden models (fingerprint.test.ts), and exports may by 1e-4.
 */
export const FINGERPRINT_TOLERANCE = 1e-4;

export interface FingerprintComparison {
  same: boolean;
  /** The largest difference of a number, as a share of the outputs' root mean square (of 1 where that is smaller). */
  difference: number;
  tolerance: number;
  /** What tells them apart, as a clause; null where nothing does. */
  reason: string | null;
}

/** Whether two fingerprints are of the same model, whatever engine and layout each was computed from. */
export function compareFingerprints(got: Fingerprint, kept: Fingerprint): FingerprintComparison {
  const apart = (reason: string): FingerprintComparison => ({
    same: false,
    difference: Infinity,
    tolerance: FINGERPRINT_TOLERANCE,
    reason,
  });
  const photos = ({ photos: list }: Fingerprint): string => list.map(({ sha256 }) => sha256).join();
  if (photos(got) !== photos(kept)) return apart('they were computed on other photographs');
  if (got.output !== kept.output || got.size !== kept.size) {
    return apart(`one has ${got.size} outputs (${got.output}), the other ${kept.size} (${kept.output})`);
  }
  let difference = 0;
  let worst = '';
  got.photos.forEach((photo, i) => {
    const scale = Math.max(1, kept.photos[i]!.norm / Math.sqrt(kept.size));
    for (const [what, distance] of distances(photo, kept.photos[i]!, kept.size)) {
      if (!(distance / scale <= difference)) {
        difference = distance / scale; // NaN stays
        worst = `${what} of "${photo.name}" differs by ${distance.toPrecision(3)}`;
      }
    }
  });
  const same = difference <= FINGERPRINT_TOLERANCE;
  return { same, difference, tolerance: FINGERPRINT_TOLERANCE, reason: same ? null : worst };
}

/**
 * Differences of numbers that are each at most the largest difference of an output (projections at most its share of
 * n^(1/2), and in practice about as much). Indices of the largest aren't compared: near equals may change places, their
 * values in order can't move further than an output does.
 */
function distances(a: PhotoSummary, b: PhotoSummary, size: number): [what: string, distance: number][] {
  const lists: [string, readonly number[], readonly number[]][] = [
    ['an output', a.first, b.first],
    ['one of the largest outputs', a.top.map(([, value]) => value), b.top.map(([, value]) => value)],
    ['the mean', [a.mean], [b.mean]],
    ['the standard deviation', [a.std], [b.std]],
    ['the root mean square', [a.norm / Math.sqrt(size)], [b.norm / Math.sqrt(size)]],
    ['a projection', a.projections, b.projections],
  ];
  return lists.flatMap(([what, x, y]): [string, number][] =>
    x.length === y.length ? x.map((value, i) => [what, Math.abs(value - y[i]!)]) : [[what, Infinity]],
  );
}
