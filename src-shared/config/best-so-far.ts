import type { RunConfig } from './run-config.ts';

/** What an evaluation on the test split gave. */
export interface ScoredStep {
  step: number;
  accuracy: number;
  loss: number;
}

/** The best evaluation of a run so far: part of its saved state, so that a resumed run decides as an undisturbed one. */
export interface BestSoFar {
  by: 'accuracy' | 'loss';
  /** Whether its model is kept, as best.npz. */
  kept: boolean;
  /** Null before the first that is a number. */
  best: ScoredStep | null;
  /** Evaluations since that were no better. */
  since: number;
}

type Measured = Pick<RunConfig, 'total_steps'> & { vitrine: Pick<RunConfig['vitrine'], 'early_stop' | 'best_by'> };

/**
 * Where a run begins or goes on: with what it had saved, or anew where it asks for another measure than before.
 * @param patient it was extended here, and counts evaluations anew
 * @returns null for a run that looks for no best
 */
export function bestAtStart({ vitrine }: Measured, saved: BestSoFar | null, patient = false): BestSoFar | null {
  const kept = vitrine.best_by !== 'none';
  if (!kept && vitrine.early_stop === 0) return null;
  const by = vitrine.best_by === 'none' ? 'accuracy' : vitrine.best_by;
  if (saved?.by !== by || saved.kept !== kept) return { by, kept, best: null, since: 0 };
  return patient ? { ...saved, since: 0 } : saved;
}

/** After one more evaluation. A first one is better than none; one that equals the best is not, nor one that isn't finite. */
export function afterEvaluation(so: BestSoFar, scored: ScoredStep): BestSoFar {
  const sign = so.by === 'accuracy' ? 1 : -1;
  const value = sign * scored[so.by];
  const finite = Number.isFinite(scored.accuracy) && Number.isFinite(scored.loss);
  const better = finite && (so.best === null || value > sign * so.best[so.by]);
  return better ? { ...so, best: scored, since: 0 } : { ...so, since: so.since + 1 };
}

/** Whether enough evaluations in a row were no better. */
export function isStoppedEarly({ vitrine }: Measured, best: BestSoFar | null | undefined): boolean {
  return vitrine.early_stop > 0 && (best?.since ?? 0) >= vitrine.early_stop;
}

/**
 * Whether a run that stands at a saved step has nothing left to do.
 * @param run each time that it was extended: where it ended before, it goes on, and counts evaluations anew
 */
export function isAtEnd(
  config: Measured,
  point: { step: number; best?: BestSoFar | null | undefined },
  run: { extended?: readonly { after: number }[] | undefined } = {},
): boolean {
  if (point.step === config.total_steps) return true;
  return isStoppedEarly(config, point.best) && point.step !== run.extended?.at(-1)?.after;
}
