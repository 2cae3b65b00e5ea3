import * as v from 'valibot';
import { AppError } from '../../../src-shared/errors.ts';
import { readCheckpoint } from '../../checkpoints/read-checkpoint.ts';
import { arrayNamed, readArrays } from '../case-arrays.ts';
import { fileOf } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays } from '../compare.ts';
import { forward } from '../forward.ts';
import type { CaseContext, Compared } from '../outcome.ts';

const toleranceSchema = v.object({ atol: v.number(), rtol: v.optional(v.number(), 0) });

/** A DeiT in Hugging Face's layout, opened as a person opens it: transformers' logits and hidden states. */
export async function deit({ engine, parityCase }: CaseContext): Promise<Compared> {
  const tolerance = checked(toleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  fileOf(parityCase, 'config.json'); // stands beside the weights and is read with them
  const { architecture, params } = await readCheckpoint(fileOf(parityCase, 'model.safetensors'), { allowNan: true });
  if (architecture.family !== 'deit') {
    throw new AppError('bad_checkpoint', `${parityCase.id} reads as ${architecture.family}.`);
  }
  const expected = await readArrays(parityCase, 'expected.npz');
  // transformers' hidden states: what enters the encoder, and what leaves a block.
  const ours = (name: string): string =>
    name === 'embeddings' ? 'posembed_input' : name === 'last_block' ? `block${architecture.depth - 1}` : name;
  const got = await forward(engine, {
    architecture,
    params,
    images: arrayNamed(await readArrays(parityCase, 'input.npz'), 'images'),
    intermediates: [...expected.keys()].filter((name) => name !== 'logits').map(ours),
  });
  return {
    comparisons: [...expected].map(([name, array]) => {
      const value = got[ours(name)];
      if (!value) throw new AppError('bad_checkpoint', `The model gives no "${name}".`);
      return compareArrays(name, value, { expected: array, ...tolerance });
    }),
  };
}
