import * as v from 'valibot';
import type { NamedTensor, Params } from '../../../src-shared/models/params.ts';
import { createProgram } from '../../engine/create-program.ts';
import type { Program, TensorData } from '../../engine/program.ts';
import { PARAMS, trainProgram } from '../../train/train-program.ts';
import { readArrays, withoutPrefix } from '../case-arrays.ts';
import { fileOf, readJson } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays, compareNumber, worstOf, type Comparison } from '../compare.ts';
import { compareRates, scheduleOf } from '../learning-rate.ts';
import { configuredModel } from '../model-config.ts';
import { NotSupportedYet, type CaseContext, type Compared } from '../outcome.ts';
import {
  compareAll,
  compareFinal,
  runConfigSchema,
  runToleranceSchema,
  splitBatch,
  trajectoryLosses,
  update,
  type MicroBatch,
} from '../training.ts';

const trajectorySchema = v.object({
  ...trajectoryLosses,
  loss0: v.optional(v.number()),
  global_norm0: v.optional(v.number()),
});

/** A whole fine-tuning run on one batch: losses, rates, first gradient, watched and final parameters, momentum. */
export async function trainingRun({ engine, parityCase }: CaseContext): Promise<Compared> {
  const where = `config of ${parityCase.id}`;
  const { architecture, dropoutRate, attentionDropoutRate } = configuredModel(parityCase.config, where);
  if (dropoutRate > 0 || attentionDropoutRate > 0)
    throw new NotSupportedYet("runs with dropout, whose masks are JAX's own");
  const config = checked(runConfigSchema, parityCase.config, where);
  const tolerance = checked(runToleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  const path = fileOf(parityCase, 'trajectory.json');
  const trajectory = checked(trajectorySchema, await readJson(path), path);
  const microBatches = splitBatch(await readArrays(parityCase, 'batch.npz'), config);
  const schedule = scheduleOf(config);
  const init = await readArrays(parityCase, 'init.npz');
  const spec = trainProgram({
    architecture,
    microBatch: config.batch / config.accum_steps,
    accumSteps: config.accum_steps,
    gradNormClip: config.grad_norm_clip,
    dropoutRate,
    attentionDropoutRate,
  });
  const program = await createProgram(engine, spec);
  try {
    const initial = new Map([...init].map(([name, { data }]) => [PARAMS + name, data]));
    await program.writeState(initial);
    const first = await firstGradient(await createProgram(engine, spec, 'eager'), initial, microBatches);
    const losses: number[] = [];
    const watched: Comparison[] = [];
    const watch = await readArrays(parityCase, 'steps.npz');
    let norm0 = NaN;
    for (const step of trajectory.loss.keys()) {
      const { loss, norm } = await update(program, microBatches, schedule(step));
      losses.push(loss);
      if (step === 0) norm0 = norm;
      for (const [name, array] of withoutPrefix(watch, `step${step + 1}/`)) {
        const data = (await program.readState([PARAMS + name])).get(PARAMS + name)!;
        const options = { expected: array, atol: tolerance.final_params_atol };
        watched.push(compareArrays(`step ${step + 1}, ${name}`, { shape: array.shape, data }, options));
      }
    }
    const shape = [losses.length];
    const expected = { shape, data: trajectory.loss };
    const comparisons = [
      compareArrays(`loss of ${losses.length} steps`, { shape, data: losses }, { expected, atol: tolerance.loss_atol }),
    ];
    if (trajectory.loss0 !== undefined) {
      comparisons.push(compareNumber('loss0', first.loss, { expected: trajectory.loss0, atol: tolerance.loss_atol }));
    }
    comparisons.push(
      compareAll('grad0', first.gradients, {
        expected: await readArrays(parityCase, 'grad0.npz'),
        atol: tolerance.grad0_atol,
      }),
    );
    if (trajectory.global_norm0 !== undefined) {
      // The norm of a difference is at most that of its entries times the root of their number; 1e-5 of it is far less.
      const options = { expected: trajectory.global_norm0, atol: tolerance.grad0_atol, rtol: tolerance.grad0_atol };
      comparisons.push(compareNumber('global_norm0', norm0, options));
    }
    comparisons.push(compareRates(schedule, trajectory.lr), worstOf('watched params', watched));
    comparisons.push(...(await compareFinal(program, await readArrays(parityCase, 'final.npz'), tolerance)));
    return { comparisons };
  } finally {
    program.dispose();
  }
}

/**
 * Loss and gradients at the initial parameters, averaged over the parts of the batch. Op by op, on either engine: the
 * recorded step computes them too, but compiling them once more as outputs takes longer than the whole run.
 */
async function firstGradient(
  program: Program,
  initial: ReadonlyMap<string, TensorData>,
  parts: readonly MicroBatch[],
): Promise<{ loss: number; gradients: Params }> {
  let loss = 0;
  const gradients = new Map<string, NamedTensor>();
  try {
    await program.writeState(initial);
    for (const part of parts) {
      const result = await program.call('gradients', { ...part, seed: new Int32Array(2) });
      loss += result['loss']!.data[0]! / parts.length;
      for (const [key, { shape, data }] of Object.entries(result)) {
        if (!key.startsWith('grad/')) continue;
        const name = key.slice('grad/'.length);
        const sum = gradients.get(name)?.data ?? new Float32Array(data.length);
        for (let i = 0; i < sum.length; i++) sum[i]! += data[i]! / parts.length;
        gradients.set(name, { shape, data: sum });
      }
    }
  } finally {
    program.dispose();
  }
  return { loss, gradients };
}
