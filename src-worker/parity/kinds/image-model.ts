import * as v from 'valibot';
import { sizeOfShape, type NamedTensor } from '../../../src-shared/models/params.ts';
import { readCheckpoint } from '../../checkpoints/read-checkpoint.ts';
import { arrayNamed, readArrays } from '../case-arrays.ts';
import { fileOf } from '../cases.ts';
import { checked } from '../checked.ts';
import type { TensorValue } from '../../engine/program.ts';
import { compareArrays, type Numbers } from '../compare.ts';
import { forward } from '../forward.ts';
import { configuredModel } from '../model-config.ts';
import type { CaseContext, Compared } from '../outcome.ts';

const toleranceSchema = v.object({
  atol: v.number(),
  rtol: v.optional(v.number(), 0),
  atol_intermediate_tokens: v.optional(v.number()),
});

/** What the model gives, under the names that expected.npz has for it. */
const RESULTS = new Set(['logits', 'output']);

/** A checkpoint, images, and vit_jax's logits and intermediates. */
export async function imageModel({ engine, parityCase }: CaseContext): Promise<Compared> {
  const { architecture } = configuredModel(parityCase.config, `config of ${parityCase.id}`);
  const { atol, rtol, atol_intermediate_tokens } = checked(
    toleranceSchema,
    parityCase.tolerance,
    `tolerance of ${parityCase.id}`,
  );
  const expected = await readArrays(parityCase, 'expected.npz');
  const got = await forward(engine, {
    architecture,
    params: (await readCheckpoint(fileOf(parityCase, 'checkpoint.npz'), { ...architecture, allowNan: true })).params,
    images: arrayNamed(await readArrays(parityCase, 'input.npz'), 'images'),
    intermediates: [...expected.keys()].map(intermediateOf).filter((name) => !RESULTS.has(name)),
  });
  const comparisons = [];
  const unknown = [];
  for (const [name, array] of resultsFirst(expected)) {
    const isResult = RESULTS.has(name);
    const value = valueOf(got, name);
    if (!value) unknown.push(name);
    else if (isResult) comparisons.push(compareArrays(name, value, { expected: array, atol, rtol }));
    else
      comparisons.push(compareArrays(name, value, { expected: array, atol: atol_intermediate_tokens ?? atol, rtol }));
  }
  return unknown.length === 0
    ? { comparisons }
    : { comparisons, remark: `not given by the model: ${unknown.join(', ')}` };
}

/** Large intermediates are listed for the first image alone. */
const FIRST_IMAGE = /_image0$/;

function intermediateOf(name: string): string {
  return name.replace(FIRST_IMAGE, '');
}

function valueOf(got: Record<string, TensorValue>, name: string): Numbers | undefined {
  const value = got[RESULTS.has(name) ? 'logits' : intermediateOf(name)];
  if (!value || !FIRST_IMAGE.test(name)) return value;
  const shape = [1, ...value.shape.slice(1)];
  return { shape, data: value.data.subarray(0, sizeOfShape(shape)) };
}

function resultsFirst(arrays: ReadonlyMap<string, NamedTensor>): [string, NamedTensor][] {
  return [...arrays].sort(([a], [b]) => Number(RESULTS.has(b)) - Number(RESULTS.has(a)));
}
