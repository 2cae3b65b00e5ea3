import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createLearningRateSchedule } from './learning-rate.ts';
import type { DecayType } from './learning-rate.ts';

interface GoldenSchedule {
  args: { base: number; decay_type: DecayType; total_steps: number; warmup_steps: number; linear_end?: number };
  steps: number[];
  lr: number[];
}

const folder = new URL('../../bench/goldens/train/lr_schedules/', import.meta.url);
const goldens = JSON.parse(readFileSync(new URL('schedules.json', folder), 'utf8')) as GoldenSchedule[];
const { tolerance } = JSON.parse(readFileSync(new URL('case.json', folder), 'utf8')) as {
  tolerance: { rtol: number; atol: number };
};

test.each(goldens)('every step of $args as vit_jax computes it', ({ args, steps, lr }) => {
  const schedule = createLearningRateSchedule({
    base: args.base,
    decayType: args.decay_type,
    totalSteps: args.total_steps,
    warmupSteps: args.warmup_steps,
    linearEnd: args.linear_end,
  });
  expect(steps.length).toBeGreaterThan(args.total_steps);
  for (const [i, step] of steps.entries()) {
    const expected = lr[i]!;
    const allowed = tolerance.atol + tolerance.rtol * Math.abs(expected);
    expect(Math.abs(schedule(step) - expected), `step ${step}`).toBeLessThanOrEqual(allowed);
    expect(Math.fround(schedule(step)), 'is a float32').toBe(schedule(step));
  }
});

test('the first step of a warmup has rate 0, the last step too', () => {
  const schedule = createLearningRateSchedule({ base: 0.03, decayType: 'cosine', totalSteps: 500, warmupSteps: 100 });
  expect(schedule(0)).toBe(0);
  expect(schedule(100)).toBe(Math.fround(0.03));
  expect(schedule(500)).toBe(0);
});
