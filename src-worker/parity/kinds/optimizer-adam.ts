import * as v from 'valibot';
import { createProgram } from '../../engine/create-program.ts';
import { adam } from '../../train/adam.ts';
import { adamW } from '../../train/adamw.ts';
import { arrayNamed, readArrays, withoutPrefix } from '../case-arrays.ts';
import { checked } from '../checked.ts';
import { compareArrays, worstOf, type Comparison } from '../compare.ts';
import { optimizerProgram } from '../optimizer-program.ts';
import type { CaseContext, Compared } from '../outcome.ts';

const share = v.pipe(v.number(), v.minValue(0), v.ltValue(1));
const configSchema = v.object({
  lr: v.number(),
  b1: share,
  b2: share,
  eps: v.number(),
  /** Of AdamW, on every parameter; absent: Adam. */
  weight_decay: v.optional(v.number()),
});
const toleranceSchema = v.object({ params_atol: v.number() });

/** Given gradients, step by step: optax's adam, or adamw where there is weight decay. */
export async function optimizerAdam({ engine, parityCase }: CaseContext): Promise<Compared> {
  const { lr, weight_decay, ...rest } = checked(configSchema, parityCase.config, `config of ${parityCase.id}`);
  const { params_atol: atol } = checked(toleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  const optimizer =
    weight_decay === undefined ? adam(rest) : adamW({ ...rest, weightDecay: weight_decay, decays: () => true });
  const input = await readArrays(parityCase, 'input.npz');
  const expected = await readArrays(parityCase, 'expected.npz');
  const initial = withoutPrefix(input, 'initial/');
  const program = await createProgram(engine, optimizerProgram(initial, optimizer));
  const found: Comparison[] = [];
  let steps = 0;
  try {
    await program.writeState(new Map([...initial].map(([name, { data }]) => [`params/${name}`, data])));
    for (let gradients; (gradients = withoutPrefix(input, `step${steps + 1}/grad/`)).size > 0;) {
      steps++;
      const feeds = Object.fromEntries([...gradients].map(([name, { data }]) => [name, data]));
      await program.call('update', { ...feeds, lr: Float32Array.of(lr) });
      const state = await program.readState();
      const wanted = withoutPrefix(expected, `step${steps}/params/`);
      for (const [name, { shape }] of initial) {
        const params = { shape, data: state.get(`params/${name}`)! };
        found.push(compareArrays(`step ${steps}, ${name}`, params, { expected: arrayNamed(wanted, name), atol }));
      }
    }
  } finally {
    program.dispose();
  }
  return { comparisons: steps === 0 ? [] : [worstOf(`params of ${steps} steps`, found)] };
}
