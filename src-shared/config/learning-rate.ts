export type DecayType = 'cosine' | 'linear';

export interface LearningRateOptions {
  /** Rate after the warmup. */
  base: number;
  decayType: DecayType;
  totalSteps: number;
  /** Below totalSteps; 0 for none. */
  warmupSteps: number;
  /** Where linear decay ends; vit_jax never sets it. */
  linearEnd?: number;
}

const f32 = Math.fround;

/**
 * vit_jax's schedule (utils.create_learning_rate_schedule): linear warmup over a cosine or linear decay, rounded to
 * float32 where JAX rounds. The optimizer's count starts at 0: the first update of a run with warmup has rate 0, and
 * the rate logged at step s is `schedule(s)`.
 */
export function createLearningRateSchedule(options: LearningRateOptions): (step: number) => number {
  const { base, decayType, totalSteps, warmupSteps, linearEnd = 1e-5 } = options;
  return (step) => {
    const progress = clip01(f32(f32(step - warmupSteps) / f32(totalSteps - warmupSteps)));
    const rate = decayType === 'linear' ? linear(base, linearEnd, progress) : cosine(base, progress);
    return warmupSteps > 0 ? f32(rate * Math.min(1, f32(f32(step) / f32(warmupSteps)))) : rate;
  };
}

function linear(base: number, end: number, progress: number): number {
  return f32(f32(end) + f32(f32(base - end) * f32(1 - progress)));
}

function cosine(base: number, progress: number): number {
  return f32(f32(base * 0.5) * f32(1 + f32(Math.cos(f32(f32(Math.PI) * progress)))));
}

function clip01(x: number): number {
  return Math.min(1, Math.max(0, x));
}
