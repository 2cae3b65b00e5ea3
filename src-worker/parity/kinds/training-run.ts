import * as v from 'valibot';
import { bfloat16Bits } from '../../../src-shared/bfloat16.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { NamedTensor, Params } from '../../../src-shared/models/params.ts';
import { createProgram } from '../../engine/create-program.ts';
import type { Program, TensorData } from '../../engine/program.ts';
import { TRACE } from '../../train/sgd-momentum.ts';
import { PARAMS, trainProgram } from '../../train/train-program.ts';
import { arrayNamed, readArrays, withoutPrefix } from '../case-arrays.ts';
import { fileOf, readJson } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays, compareNumber, worstOf, type Comparison } from '../compare.ts';
import { compareRates, scheduleFields, scheduleOf } from '../learning-rate.ts';
import { configuredModel } from '../model-config.ts';
import { NotSupportedYet, type CaseContext, type Compared } from '../outcome.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const configSchema = v.object({ ...scheduleFields, accum_steps: count, batch: count, grad_norm_clip: v.number() });
const toleranceSchema = v.object({
  loss_atol: v.number(),
  grad0_atol: v.number(),
  final_params_atol: v.number(),
  final_trace_entries_differing_max_fraction: v.number(),
});
const trajectorySchema = v.object({
  loss: v.pipe(v.array(v.number()), v.minLength(1)),
  lr: v.array(v.number()),
  loss0: v.optional(v.number()),
  global_norm0: v.optional(v.number()),
});

interface MicroBatch {
  images: Float32Array;
  labels: Float32Array;
}

/** A whole fine-tuning run on one batch: losses, rates, first gradient, watched and final parameters, momentum. */
export async function trainingRun({ engine, parityCase }: CaseContext): Promise<Compared> {
  const where = `config of ${parityCase.id}`;
  const { architecture, dropoutRate, attentionDropoutRate } = configuredModel(parityCase.config, where);
  if (dropoutRate > 0 || attentionDropoutRate > 0)
    throw new NotSupportedYet("runs with dropout, whose masks are JAX's own");
  const config = checked(configSchema, parityCase.config, where);
  const tolerance = checked(toleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  const path = fileOf(parityCase, 'trajectory.json');
  const trajectory = checked(trajectorySchema, await readJson(path), path);
  const microBatches = split(await readArrays(parityCase, 'batch.npz'), config);
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

/** accum_steps parts of the batch, in order. */
function split(batch: Params, config: { batch: number; accum_steps: number }): MicroBatch[] {
  const images = arrayNamed(batch, 'images');
  const labels = arrayNamed(batch, 'labels');
  if (config.batch % config.accum_steps !== 0 || images.shape[0] !== config.batch) {
    throw new AppError(
      'bad_file',
      `A batch of ${images.shape[0]} images is no batch of ${config.batch} in ${config.accum_steps} parts.`,
    );
  }
  const part = ({ data }: NamedTensor, i: number): Float32Array => {
    const length = data.length / config.accum_steps;
    return data.slice(i * length, (i + 1) * length);
  };
  return Array.from({ length: config.accum_steps }, (_, i) => ({ images: part(images, i), labels: part(labels, i) }));
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

async function update(
  program: Program,
  parts: readonly MicroBatch[],
  rate: number,
): Promise<{ loss: number; norm: number }> {
  const seed = new Int32Array(2);
  const lr = Float32Array.of(rate);
  let result;
  if (parts.length === 1) {
    result = await program.call('train', { ...parts[0]!, seed, lr });
  } else {
    for (const part of parts) await program.call('accumulate', { ...part, seed });
    result = await program.call('apply', { lr });
  }
  return { loss: result['loss']!.data[0]!, norm: result['grad_norm']!.data[0]! };
}

async function compareFinal(
  program: Program,
  final: Params,
  tolerance: v.InferOutput<typeof toleranceSchema>,
): Promise<Comparison[]> {
  const state = await program.readState();
  const expected = withoutPrefix(final, 'params/');
  const params = new Map(
    [...expected].map(([name, { shape }]) => [name, { shape, data: (state.get(PARAMS + name) ?? []) as Float32Array }]),
  );
  let entries = 0;
  let differing = 0;
  for (const [name, { data: wanted }] of withoutPrefix(final, 'trace_bf16_bits/')) {
    const trace = state.get(TRACE + name) as Float32Array | undefined;
    if (!trace) throw new AppError('bad_checkpoint', `The optimizer keeps no momentum of "${name}".`);
    const bits = bfloat16Bits(trace);
    entries += bits.length;
    for (let i = 0; i < bits.length; i++) if (bits[i] !== wanted[i]) differing++;
  }
  if (entries === 0) throw new AppError('bad_checkpoint', 'final.npz holds no momentum (trace_bf16_bits/…).');
  const fraction = tolerance.final_trace_entries_differing_max_fraction;
  return [
    compareAll('final params', params, { expected, atol: tolerance.final_params_atol }),
    compareNumber('share of trace entries that differ', differing / entries, { expected: 0, atol: fraction }),
  ];
}

function compareAll(what: string, got: Params, { expected, atol }: { expected: Params; atol: number }): Comparison {
  const comparisons = [...expected].map(([name, array]) =>
    compareArrays(name, arrayNamed(got, name), { expected: array, atol }),
  );
  return worstOf(`${what} (${comparisons.length} arrays)`, comparisons);
}
