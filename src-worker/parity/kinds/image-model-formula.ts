import * as v from 'valibot';
import type { NamedTensor } from '../../../src-shared/models/params.ts';
import { arrayNamed, readArrays, underLinenNames } from '../case-arrays.ts';
import { fileOf, readJson } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays } from '../compare.ts';
import { formulaArray } from '../formula.ts';
import { forward } from '../forward.ts';
import { configuredModel } from '../model-config.ts';
import type { CaseContext, Compared } from '../outcome.ts';

const toleranceSchema = v.object({ atol: v.number(), rtol: v.optional(v.number(), 0) });

const formulaSchema = v.object({
  arrays: v.record(
    v.string(),
    v.object({
      key: v.string(),
      shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
      scale: v.number(),
      offset: v.number(),
      first4: v.array(v.number()),
      sum: v.number(),
      crc32: v.number(),
    }),
  ),
});

/** A model of real size whose weights and images are given by a formula, and vit_jax's logits. */
export async function imageModelFormula({ engine, parityCase }: CaseContext): Promise<Compared> {
  const { architecture } = configuredModel(parityCase.config, `config of ${parityCase.id}`);
  const tolerance = checked(toleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  const path = fileOf(parityCase, 'formula.json');
  const { arrays: formulas } = checked(formulaSchema, await readJson(path), path);
  const expected = await readArrays(parityCase, 'expected.npz');
  const result = expected.has('output') ? 'output' : 'logits';

  const arrays = new Map<string, NamedTensor>();
  for (const [name, formula] of Object.entries(formulas)) arrays.set(name, formulaArray(name, formula));
  const images = arrayNamed(arrays, 'images');
  arrays.delete('images');
  const got = await forward(engine, { architecture, params: underLinenNames(arrays), images });
  return {
    comparisons: [compareArrays(result, got['logits']!, { expected: arrayNamed(expected, result), ...tolerance })],
  };
}
