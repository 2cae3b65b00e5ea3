import * as v from 'valibot';
import { readCheckpoint } from '../../checkpoints/read-checkpoint.ts';
import { arrayNamed, readArrays } from '../case-arrays.ts';
import { fileOf } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays } from '../compare.ts';
import { forward } from '../forward.ts';
import { configuredModel } from '../model-config.ts';
import type { CaseContext, Compared } from '../outcome.ts';

const configSchema = v.object({ source_case: v.string() });
const toleranceSchema = v.object({ atol: v.number(), rtol: v.optional(v.number(), 0) });

/** What vit_jax and timm (with the same GELU) give for another case's checkpoint and images: the same as here. */
const COMPARED = ['logits_timm_gelu_tanh', 'logits_flax'];

export async function timmLogits({ engine, parityCase, caseNamed }: CaseContext): Promise<Compared> {
  const { source_case } = checked(configSchema, parityCase.config, `config of ${parityCase.id}`);
  const tolerance = checked(toleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  const source = await caseNamed(source_case);
  const { architecture } = configuredModel(source.config, `config of ${source.id}`);
  const expected = await readArrays(parityCase, 'expected.npz');
  const got = await forward(engine, {
    architecture,
    params: (await readCheckpoint(fileOf(source, 'checkpoint.npz'), { ...architecture, allowNan: true })).params,
    images: arrayNamed(await readArrays(source, 'input.npz'), 'images'),
  });
  return {
    comparisons: COMPARED.map((name) =>
      compareArrays(name, got['logits']!, { expected: arrayNamed(expected, name), ...tolerance }),
    ),
  };
}
