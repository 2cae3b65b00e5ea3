import * as v from 'valibot';
import { AppError } from '../../../src-shared/errors.ts';
import type { TextArchitecture } from '../../../src-shared/models/lit.ts';
import { similarities } from '../../../src-shared/metrics/similarities.ts';
import { softmax } from '../../../src-shared/metrics/softmax.ts';
import type { NamedTensor } from '../../../src-shared/models/params.ts';
import { openLit, type LitCheckpoint, type LitWeights } from '../../checkpoints/open-lit.ts';
import { createProgram } from '../../engine/create-program.ts';
import type { ProgramSpec, TensorData, TensorValue } from '../../engine/program.ts';
import type { Engine } from '../../engine/runtime.ts';
import { imageTowerProgram, textTowerProgram } from '../../models/lit.ts';
import { moveParams } from '../../models/predict-program.ts';
import { arrayNamed, readArrays, withoutPrefix } from '../case-arrays.ts';
import { fileOf } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays, type Numbers } from '../compare.ts';
import { configuredModel } from '../model-config.ts';
import type { CaseContext, Compared } from '../outcome.ts';

const size = v.pipe(v.number(), v.integer(), v.minValue(1));
const outDim = v.nullable(size);

const configSchema = v.object({
  image: v.record(v.string(), v.unknown()),
  image_size: v.tuple([size, size]),
  out_dim: v.tuple([outDim, outDim]),
  text_model: v.picklist(['bert', 'text_transformer']),
  text: v.record(v.string(), v.unknown()),
  /** The tower's sizes where they are not those of `text.config`. */
  bert: v.optional(v.nullable(v.object({ num_attention_heads: size }))),
});

const toleranceSchema = v.object({ zimg_ztxt_atol: v.number(), logits_probs_atol: v.number(), other_atol: v.number() });

/** Images and token ids through both towers: embeddings, everything vit_jax gives beside them, and probabilities. */
export async function litModel({ engine, parityCase }: CaseContext): Promise<Compared> {
  const config = checked(configSchema, parityCase.config, `config of ${parityCase.id}`);
  const tolerance = checked(toleranceSchema, parityCase.tolerance, `tolerance of ${parityCase.id}`);
  const input = await readArrays(parityCase, 'input.npz');
  const expected = await readArrays(parityCase, 'expected.npz');
  const textHeads = config.bert?.num_attention_heads;
  const lit = await openLit(fileOf(parityCase, 'checkpoint.npz'), {
    imageSize: config.image_size,
    allowNan: true,
    ...(textHeads === undefined ? {} : { textHeads }),
  });
  try {
    checkArchitecture(lit, config, parityCase.id);
    const weights = await lit.read();
    const towers = await runTowers(engine, lit, { input, expected, weights });
    const got = new Map<string, Numbers>([...towers, ...derived(towers, weights.temperature)]);
    const comparisons = [];
    const unknown = [];
    for (const [name, array] of expected) {
      const value = got.get(name);
      const atol = /^z(img|txt)$/.test(name)
        ? tolerance.zimg_ztxt_atol
        : /^(logits|probs)_/.test(name)
          ? tolerance.logits_probs_atol
          : tolerance.other_atol;
      if (value) comparisons.push(compareArrays(name, value, { expected: array, atol }));
      else unknown.push(name);
    }
    return {
      comparisons,
      ...(unknown.length === 0 ? {} : { remark: `not given by the model: ${unknown.join(', ')}` }),
    };
  } finally {
    await lit.close();
  }
}

/** What the weights read as is what the case is configured as. */
function checkArchitecture(
  { architecture }: LitCheckpoint,
  config: v.InferOutput<typeof configSchema>,
  id: string,
): void {
  const image = configuredModel(
    { model: config.image, num_classes: config.out_dim[0], image_size: config.image_size },
    `config of ${id}`,
  ).architecture;
  const text = { kind: config.text_model, outDim: config.out_dim[1], ...textSizes(config) };
  const read = architecture.text as TextArchitecture & Record<string, unknown>;
  const differing = Object.entries(text).find(([field, value]) => read[field] !== value);
  if (JSON.stringify(sorted(image)) !== JSON.stringify(sorted(architecture.image)) || differing) {
    throw new AppError(
      'bad_checkpoint',
      `The weights read as ${JSON.stringify(architecture)}, case.json says ${JSON.stringify({ image, text })}.`,
    );
  }
}

const sorted = (fields: object): [string, unknown][] => Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));

/** The text tower's sizes as far as the case tells them, under the names they have here. */
function textSizes(config: v.InferOutput<typeof configSchema>): Record<string, unknown> {
  const given = { ...config.text, ...config.bert } as Record<string, unknown>;
  const names = {
    width: 'width',
    hidden_size: 'width',
    num_layers: 'depth',
    num_hidden_layers: 'depth',
    mlp_dim: 'mlpDim',
    intermediate_dim: 'mlpDim',
    num_heads: 'numHeads',
    num_attention_heads: 'numHeads',
    vocab_size: 'vocabSize',
    max_length: 'maxPositions',
    num_segments: 'numSegments',
  };
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, field]) => (name in given ? [[field, given[name]]] : [])),
  );
}

interface Arrays {
  weights: LitWeights;
  input: ReadonlyMap<string, NamedTensor>;
  expected: ReadonlyMap<string, NamedTensor>;
}

/** zimg, ztxt and the intermediates asked for, under the names of LitModel's `out`. */
async function runTowers(
  engine: Engine,
  lit: LitCheckpoint,
  { input, expected, weights }: Arrays,
): Promise<Map<string, TensorValue>> {
  const images = arrayNamed(input, 'images');
  const tokens = arrayNamed(input, 'tokens');
  const wanted = (prefix: string): string[] => [...withoutPrefix(expected, prefix).keys()];
  const { image, text } = lit.architecture;
  const imageProgram = imageTowerProgram({
    architecture: image,
    batch: images.shape[0]!,
    intermediates: wanted('out/img/'),
  });
  const [batch, maxLen] = tokens.shape as [number, number];
  const textProgram = textTowerProgram({ architecture: text, batch, maxLen, intermediates: wanted('out/txt/') });
  const zimg = await runTower(engine, imageProgram, { params: weights.image, feeds: { images: images.data } });
  const ids = Int32Array.from(tokens.data);
  const ztxt = await runTower(engine, textProgram, { params: weights.text, feeds: { tokens: ids } });
  return new Map([
    ...Object.entries(zimg).map(([name, value]): [string, TensorValue] => [imageName(name), value]),
    ...Object.entries(ztxt).map(([name, value]): [string, TensorValue] => [textName(name), value]),
  ]);
}

const imageName = (name: string): string => (name === 'embedding' ? 'zimg' : `out/img/${name}`);
const textName = (name: string): string => (name === 'embedding' ? 'ztxt' : `out/txt/${name}`);

async function runTower(
  engine: Engine,
  spec: ProgramSpec,
  run: { params: Map<string, NamedTensor>; feeds: Record<string, TensorData> },
): Promise<Record<string, TensorValue>> {
  const program = await createProgram(engine, spec);
  try {
    await moveParams(program, run.params);
    return await program.call('embed', run.feeds);
  } finally {
    program.dispose();
  }
}

/** The temperature, and what it makes of both embeddings: logits and probabilities as zero-shot has them. */
function derived(towers: ReadonlyMap<string, TensorValue>, temperature: number): [string, Numbers][] {
  const [zimg, ztxt] = [towers.get('zimg')!, towers.get('ztxt')!];
  const [numImages, numTexts] = [zimg.shape[0]!, ztxt.shape[0]!];
  const logits = similarities(ztxt.data as Float32Array, zimg.data as Float32Array, {
    width: zimg.shape[1]!,
    temperature,
  });
  const shape = [numTexts, numImages];
  const rows = Array.from({ length: numTexts }, (_, i) => softmax(logits.subarray(i * numImages, (i + 1) * numImages)));
  const columns = Array.from({ length: numImages }, (_, j) => softmax(logits.filter((_, k) => k % numImages === j)));
  return [
    ['t', { shape: [1], data: [temperature] }],
    ['out/t', { shape: [1], data: [temperature] }],
    ['logits_text_by_image', { shape, data: logits }],
    ['probs_over_images', { shape, data: rows.flatMap((row) => [...row]) }],
    ['probs_over_texts', { shape, data: logits.map((_, k) => columns[k % numImages]![Math.floor(k / numImages)]!) }],
  ];
}
