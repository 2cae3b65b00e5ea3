import * as v from 'valibot';
import { bfloat16Bits } from '../../src-shared/bfloat16.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';
import type { Program } from '../engine/program.ts';
import { TRACE } from '../train/sgd-momentum.ts';
import { PARAMS } from '../train/train-program.ts';
import { arrayNamed, withoutPrefix } from './case-arrays.ts';
import { compareArrays, compareNumber, worstOf, type Comparison } from './compare.ts';
import { scheduleFields } from './learning-rate.ts';

// What the kinds of case that run a training have in common.

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
export const runConfigSchema = v.object({
  ...scheduleFields,
  accum_steps: count,
  batch: count,
  grad_norm_clip: v.number(),
});
export const runToleranceSchema = v.object({
  loss_atol: v.number(),
  grad0_atol: v.number(),
  final_params_atol: v.number(),
  final_trace_entries_differing_max_fraction: v.number(),
});
/** Loss before each update, and the rate that the update used. */
export const trajectoryLosses = {
  loss: v.pipe(v.array(v.number()), v.minLength(1)),
  lr: v.array(v.number()),
};

export interface MicroBatch {
  images: Float32Array;
  labels: Float32Array;
}

/** accum_steps parts of the batch, in order. */
export function splitBatch(batch: Params, config: { batch: number; accum_steps: number }): MicroBatch[] {
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

/** One update from the parts of a batch. */
export async function update(
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

/** Parameters and momentum after the last update. */
export async function compareFinal(
  program: Program,
  final: Params,
  tolerance: v.InferOutput<typeof runToleranceSchema>,
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

/** Each array of `expected` with the one of that name. */
export function compareAll(
  what: string,
  got: Params,
  { expected, atol }: { expected: Params; atol: number },
): Comparison {
  const comparisons = [...expected].map(([name, array]) =>
    compareArrays(name, arrayNamed(got, name), { expected: array, atol }),
  );
  return worstOf(`${what} (${comparisons.length} arrays)`, comparisons);
}
