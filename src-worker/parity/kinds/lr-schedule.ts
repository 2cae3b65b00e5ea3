import * as v from 'valibot';
import { createLearningRateSchedule } from '../../../src-shared/config/learning-rate.ts';
import { fileOf, readJson } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays } from '../compare.ts';
import type { CaseContext, Compared } from '../outcome.ts';

const schedulesSchema = v.pipe(
  v.array(
    v.object({
      args: v.object({
        base: v.number(),
        decay_type: v.picklist(['cosine', 'linear']),
        total_steps: v.number(),
        warmup_steps: v.number(),
        linear_end: v.optional(v.number()),
      }),
      steps: v.array(v.number()),
      lr: v.array(v.number()),
    }),
  ),
  v.minLength(1),
);

const toleranceSchema = v.object({ atol: v.number(), rtol: v.number() });

/** Learning-rate schedules, step by step. */
export async function lrSchedule({ parityCase }: CaseContext): Promise<Compared> {
  const tolerance = checked(toleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  const path = fileOf(parityCase, 'schedules.json');
  const schedules = checked(schedulesSchema, await readJson(path), path);
  const comparisons = schedules.map(({ args, steps, lr }) => {
    const {
      base,
      decay_type: decayType,
      total_steps: totalSteps,
      warmup_steps: warmupSteps,
      linear_end: linearEnd,
    } = args;
    const schedule = createLearningRateSchedule({ base, decayType, totalSteps, warmupSteps, linearEnd });
    const end = linearEnd === undefined ? '' : ` to ${linearEnd}`;
    const got = { shape: [steps.length], data: steps.map(schedule) };
    const what = `${decayType} ${base}${end} (${totalSteps} steps, warmup ${warmupSteps})`;
    return compareArrays(what, got, { expected: { shape: [lr.length], data: lr }, ...tolerance });
  });
  return { comparisons };
}
