import * as v from 'valibot';
import { bfloat16Bits, roundToBfloat16 } from '../../../src-shared/bfloat16.ts';
import { createProgram } from '../../engine/create-program.ts';
import { MOMENTUM, sgd } from '../../train/sgd-momentum.ts';
import { arrayNamed, readArrays, withoutPrefix } from '../case-arrays.ts';
import { fileOf, readJson } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays, compareNumber, worstOf, type Comparison } from '../compare.ts';
import { compareRates, scheduleFields, scheduleOf } from '../learning-rate.ts';
import { optimizerProgram } from '../optimizer-program.ts';
import { NotSupportedYet, type CaseContext, type Compared } from '../outcome.ts';

const configSchema = v.object({
  ...scheduleFields,
  grad_norm_clip: v.number(),
  momentum: v.number(),
  accumulator_dtype: v.string(),
});
const toleranceSchema = v.object({
  params_atol: v.number(),
  trace_bits: v.literal('equal'),
  compare: v.string(),
});

/** The norm is a sum over all gradients in float32, whose order is free. */
const NORM_RTOL = 1e-6;

/** Given gradients, step by step: parameters, and the momentum to the last bit. */
export async function optimizerSgd({ engine, parityCase }: CaseContext): Promise<Compared> {
  const config = checked(configSchema, parityCase.config, `config of ${parityCase.id}`);
  const tolerance = checked(toleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  const [momentum] = roundToBfloat16(Float32Array.of(config.momentum));
  if (momentum !== MOMENTUM || config.accumulator_dtype !== 'bfloat16') {
    throw new NotSupportedYet(`momentum ${config.momentum} kept in ${config.accumulator_dtype}`);
  }
  const input = await readArrays(parityCase, 'input.npz');
  const expected = await readArrays(parityCase, tolerance.compare);
  const ratesPath = fileOf(parityCase, 'lr.json');
  const rates = checked(v.array(v.number()), await readJson(ratesPath), ratesPath);
  const initial = withoutPrefix(input, 'initial/');
  const schedule = scheduleOf(config);
  const program = await createProgram(engine, optimizerProgram(initial, sgd, config.grad_norm_clip));
  const found = { params: [] as Comparison[], trace: [] as Comparison[], norm: [] as Comparison[] };
  try {
    await program.writeState(new Map([...initial].map(([name, { data }]) => [`params/${name}`, data])));
    for (let step = 1; withoutPrefix(input, `step${step}/grad/`).size > 0; step++) {
      const gradients = [...withoutPrefix(input, `step${step}/grad/`)].map(([name, { data }]) => [name, data] as const);
      const { norm } = await program.call('update', {
        ...Object.fromEntries(gradients),
        lr: Float32Array.of(schedule(step - 1)),
      });
      const state = await program.readState();
      const wanted = withoutPrefix(expected, `step${step}/`);
      for (const [name, { shape }] of initial) {
        const what = `step ${step}, ${name}`;
        const params = { shape, data: state.get(`params/${name}`)! };
        found.params.push(
          compareArrays(what, params, { expected: arrayNamed(wanted, `params/${name}`), atol: tolerance.params_atol }),
        );
        const bits = { shape, data: bfloat16Bits(state.get(`trace/${name}`) as Float32Array) };
        found.trace.push(
          compareArrays(what, bits, { expected: arrayNamed(wanted, `trace_bf16_bits/${name}`), atol: 0 }),
        );
      }
      const wantedNorm = arrayNamed(wanted, 'global_norm').data[0]!;
      found.norm.push(
        compareNumber(`step ${step}`, norm!.data[0]!, { expected: wantedNorm, atol: 0, rtol: NORM_RTOL }),
      );
    }
  } finally {
    program.dispose();
  }
  return {
    comparisons: [
      worstOf(`params of ${found.norm.length} steps`, found.params),
      worstOf('trace bits', found.trace),
      worstOf('global_norm', found.norm),
      compareRates(schedule, rates),
    ],
  };
}
