import * as v from 'valibot';
import { createLearningRateSchedule } from '../../src-shared/config/learning-rate.ts';
import { compareArrays, type Comparison, type Tolerance } from './compare.ts';

export const scheduleFields = {
  base_lr: v.number(),
  decay_type: v.picklist(['cosine', 'linear']),
  warmup_steps: v.number(),
  total_steps: v.pipe(v.number(), v.integer(), v.minValue(1)),
};
type ScheduleConfig = v.InferOutput<v.ObjectSchema<typeof scheduleFields, undefined>>;

/** For the rates that runs and optimizers used: a few units in the last place of float32. */
const RATE_TOLERANCE: Tolerance = { rtol: 2e-6, atol: 1e-9 };

/** The schedule of a run's configuration. */
export function scheduleOf(config: ScheduleConfig): (step: number) => number {
  const { base_lr, decay_type, warmup_steps, total_steps } = config;
  return createLearningRateSchedule({
    base: base_lr,
    decayType: decay_type,
    totalSteps: total_steps,
    warmupSteps: warmup_steps,
  });
}

/** Our rates of steps 0, 1, … held against the ones that were used. */
export function compareRates(schedule: (step: number) => number, used: readonly number[]): Comparison {
  const shape = [used.length];
  return compareArrays(
    'lr',
    { shape, data: used.map((_, step) => schedule(step)) },
    { expected: { shape, data: used }, ...RATE_TOLERANCE },
  );
}
