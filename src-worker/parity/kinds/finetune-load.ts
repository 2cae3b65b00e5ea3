import * as v from 'valibot';
import { loadPretrained } from '../../../src-shared/checkpoints/load-pretrained.ts';
import { gridOf } from '../../../src-shared/models/architecture.ts';
import { arrayNamed, readArrays, readParams } from '../case-arrays.ts';
import { checked } from '../checked.ts';
import { compareArrays, compareNumber, worstOf, type Comparison } from '../compare.ts';
import { forward } from '../forward.ts';
import { configuredModel } from '../model-config.ts';
import type { CaseContext, Compared } from '../outcome.ts';

const configSchema = v.object({
  pretrain: v.record(v.string(), v.unknown()),
  finetune: v.record(v.string(), v.unknown()),
  model_type: v.optional(v.string()),
  /** Where each parameter comes from: "pretrained", "pretrained, resized" or "init". */
  origin: v.optional(v.record(v.string(), v.string()), {}),
});

const toleranceSchema = v.object({ params_atol: v.number(), resized_posemb_atol: v.number(), logits_atol: v.number() });

/** A checkpoint loaded into a model with another head, resolution or representation, as vit_jax's load_pretrained. */
export async function finetuneLoad({ engine, parityCase }: CaseContext): Promise<Compared> {
  const where = `config of ${parityCase.id}`;
  const { pretrain, finetune, model_type, origin } = checked(configSchema, parityCase.config, where);
  const tolerance = checked(toleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  const before = configuredModel({ model_type, ...pretrain }, `${where}, pretrain`).architecture;
  const { architecture } = configuredModel({ model_type, ...finetune }, `${where}, finetune`);
  const loaded = loadPretrained({
    pretrained: await readParams(parityCase, 'pretrained.npz'),
    init: await readParams(parityCase, 'init.npz'),
    architecture,
    pretrainedGrid: gridOf(before),
  });

  const expected = await readParams(parityCase, 'expected_params.npz');
  const kept: Comparison[] = [];
  const resized: Comparison[] = [];
  for (const [name, array] of expected) {
    const isResized = loaded.resized.includes(name);
    const atol = isResized ? tolerance.resized_posemb_atol : tolerance.params_atol;
    (isResized ? resized : kept).push(compareArrays(name, arrayNamed(loaded.params, name), { expected: array, atol }));
  }
  const comparisons = [worstOf(`${kept.length} parameters`, kept)];
  if (resized.length > 0) comparisons.push(worstOf('resized position embeddings', resized));
  const tooMany = [...loaded.params.keys()].filter((name) => !expected.has(name)).length;
  const elsewhere = Object.entries(origin).filter(([name, from]) => from !== originOf(loaded, name)).length;
  comparisons.push(compareNumber('origins that differ', tooMany + elsewhere, { expected: 0, atol: 0 }));

  const { images, logits } = Object.fromEntries(await readArrays(parityCase, 'forward.npz'));
  if (!images || !logits) throw new Error('forward.npz holds no images and logits');
  const got = await forward(engine, { architecture, params: loaded.params, images });
  comparisons.push(compareArrays('logits', got['logits']!, { expected: logits, atol: tolerance.logits_atol }));
  return { comparisons };
}

function originOf(loaded: ReturnType<typeof loadPretrained>, name: string): string {
  if (loaded.fromInit.includes(name)) return 'init';
  return loaded.resized.includes(name) ? 'pretrained, resized' : 'pretrained';
}
