import type { SpeedInput, SpeedResult } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { createProgram } from '../engine/create-program.ts';
import { describeEngine } from '../engine/describe.ts';
import { loadEngine } from '../engine/runtime.ts';
import { breathe, type JobContext } from '../job.ts';
import { loadParams } from '../models/predict-program.ts';
import { initParams } from './init-params.ts';
import { peakResident, resetPeak } from './peak-memory.ts';
import { specOf, timedStep } from './probe.ts';
import { checkTrainable } from './start.ts';
import { PARAMS } from './train-program.ts';

const SEED = 0;
/** Whatever they take. */
const LEAST_STEPS = 3;

/**
 * Times a model's steps on made-up images with random weights. In a process of its own, as every job: what one model
 * leaves behind doesn't slow the next.
 * @throws AppError engine, interrupted
 */
export async function speed(input: SpeedInput, { signal }: JobContext<never>): Promise<SpeedResult> {
  const { architecture, mode, warmup, steps, maxSeconds } = input;
  const engine = await loadEngine();
  if (mode === 'train') checkTrainable(engine, architecture);
  const task = { ...input, accumulating: false };
  const start = performance.now();
  const program = await createProgram(engine, specOf(task));
  try {
    await loadParams(program, initParams(architecture, SEED), mode === 'train' ? PARAMS : '');
    await timedStep(program, task);
    const firstSeconds = (performance.now() - start) / 1000;
    for (let i = 0; i < warmup && !signal.aborted; i++) await timedStep(program, task);
    const peakBytes = peakResident();
    const counted = resetPeak();
    const seconds: number[] = [];
    const end = performance.now() + maxSeconds * 1000;
    await breathe();
    while (seconds.length < steps && (seconds.length < LEAST_STEPS || performance.now() < end)) {
      if (signal.aborted) throw new AppError('interrupted', 'Interrupted.');
      seconds.push(await timedStep(program, task));
      await breathe(); // lets the request to stop in
    }
    const stepPeakBytes = peakResident();
    return {
      firstSeconds,
      seconds,
      peakBytes: counted ? Math.max(peakBytes, stepPeakBytes) : stepPeakBytes,
      stepPeakBytes,
      engine: describeEngine(engine),
    };
  } finally {
    program.dispose();
  }
}
