import * as v from 'valibot';
import { readTrainingPoint } from '../../checkpoints/read-flax.ts';
import { createProgram } from '../../engine/create-program.ts';
import { pointState, trainProgram } from '../../train/train-program.ts';
import { readArrays } from '../case-arrays.ts';
import { fileOf, readJson } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays, compareNumber } from '../compare.ts';
import { compareRates, scheduleOf } from '../learning-rate.ts';
import { configuredModel } from '../model-config.ts';
import type { CaseContext, Compared } from '../outcome.ts';
import {
  compareFinal,
  runConfigSchema,
  runToleranceSchema,
  splitBatch,
  trajectoryLosses,
  update,
} from '../training.ts';

const configSchema = v.object({ source_case: v.string(), step: v.pipe(v.number(), v.integer(), v.minValue(1)) });
const trajectorySchema = v.object(trajectoryLosses);

/** A run of vit_jax that stopped, continued from what flax wrote into its workdir: the rest of the source case's run. */
export async function vitJaxWorkdir({ engine, parityCase, caseNamed }: CaseContext): Promise<Compared> {
  const { source_case, step } = checked(configSchema, parityCase.config, `config of ${parityCase.id}`);
  const tolerance = checked(runToleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  const source = await caseNamed(source_case);
  const where = `config of ${source.id}`;
  const { architecture, dropoutRate, attentionDropoutRate } = configuredModel(source.config, where);
  const config = checked(runConfigSchema, source.config, where);
  const path = fileOf(source, 'trajectory.json');
  const trajectory = checked(trajectorySchema, await readJson(path), path);
  const schedule = scheduleOf(config);
  // By the folder, as a person would.
  const point = await readTrainingPoint(parityCase.directory);
  const microBatches = splitBatch(await readArrays(source, 'batch.npz'), config);
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
    await program.writeState(pointState(point.checkpoint.params, point.trace));
    const losses: number[] = [];
    const rates: number[] = [];
    for (let at = point.step; at < trajectory.loss.length; at++) {
      rates.push(schedule(at));
      losses.push((await update(program, microBatches, schedule(at))).loss);
    }
    const expected = { shape: [losses.length], data: trajectory.loss.slice(step) };
    return {
      comparisons: [
        compareNumber('step', point.step, { expected: step, atol: 0 }),
        compareArrays(
          `loss of ${losses.length} steps`,
          { shape: expected.shape, data: losses },
          { expected, atol: tolerance.loss_atol },
        ),
        compareRates((i) => rates[i] ?? NaN, trajectory.lr.slice(step)),
        ...(await compareFinal(program, await readArrays(source, 'final.npz'), tolerance)),
      ],
    };
  } finally {
    program.dispose();
  }
}
