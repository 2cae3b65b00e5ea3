import { join } from 'node:path';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import type { Architecture, DeitArchitecture } from '../../src-shared/models/architecture.ts';
import { sizeOfShape, type NamedTensor, type Params } from '../../src-shared/models/params.ts';
import { randomStream, STREAM } from '../../src-shared/random.ts';
import { createProgram } from '../engine/create-program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { loadParams, predictProgram } from '../models/predict-program.ts';
import { arrayNamed, readArrays, underLinenNames } from '../parity/case-arrays.ts';
import { fileOf, readCase, readJson } from '../parity/cases.ts';
import { formulaArray, type FormulaArray } from '../parity/formula.ts';
import { configuredModel } from '../parity/model-config.ts';

/** What the tests of exports export, with images and the logits that must come out. */
export interface ExportCase {
  params: Params;
  architecture: Architecture;
  /** [2, H, W, 3] */
  images: NamedTensor;
  expected: NamedTensor;
}

const GOLDENS = new URL('../../bench/goldens/models/', import.meta.url).pathname;

/** Small models of vit_jax, of every family that it has. */
export const TINY_MODELS = [
  'vit_tiny16',
  'vit_tiny32',
  'vit_gap_tiny8',
  'vit_nohead_tiny16',
  'vit_nonsquare_tiny16',
  'vit_rep_tiny16',
  'vit_unpooled_tiny16',
  'hybrid_root_r_ti16',
  'hybrid_blocks_w1',
  'hybrid_blocks_r26style',
  'hybrid_r50b16style',
  'mixer_tiny16',
  'mixer_samepad_tiny16',
];

/** A golden case, its weights in a file or given by a formula. */
export async function goldenModel(name: string): Promise<ExportCase> {
  const parityCase = await readCase(join(GOLDENS, name));
  const { architecture } = configuredModel(parityCase.config, name);
  const results = await readArrays(parityCase, 'expected.npz');
  const expected = arrayNamed(results, results.has('output') ? 'output' : 'logits');
  if (!('formula.json' in parityCase.files)) {
    const images = arrayNamed(await readArrays(parityCase, 'input.npz'), 'images');
    return { params: underLinenNames(await readArrays(parityCase, 'checkpoint.npz')), architecture, images, expected };
  }
  const { arrays } = (await readJson(fileOf(parityCase, 'formula.json'))) as { arrays: Record<string, FormulaArray> };
  const numbers = new Map(Object.entries(arrays).map(([key, formula]) => [key, formulaArray(key, formula)]));
  const images = arrayNamed(numbers, 'images');
  numbers.delete('images');
  return { params: underLinenNames(numbers), architecture, images, expected };
}

/** Random weights, the same each time. */
export function randomParams(architecture: Architecture): Map<string, NamedTensor> {
  const random = randomStream(5, STREAM.init);
  return new Map([...paramsOf(architecture)].map(([name, { shape }]) => [name, randomTensor(random, shape)]));
}

/** Numbers in [-0.3, 0.3). */
function randomTensor(random: ReturnType<typeof randomStream>, shape: readonly number[]): NamedTensor {
  return { shape, data: Float32Array.from({ length: sizeOfShape(shape) }, () => 0.6 * (random.float() - 0.5)) };
}

/** The smallest Mixer that timm has a name for, and a small hybrid with the ResNet of one that it has. */
export const TIMM_MIXER: Architecture = {
  family: 'mixer',
  patchSize: [16, 16],
  imageSize: [32, 32],
  width: 512,
  depth: 8,
  tokensMlpDim: 6,
  channelsMlpDim: 24,
  classifier: 'gap',
  representationSize: null,
  numClasses: 10,
};
export const TIMM_R26: Architecture = {
  family: 'hybrid',
  patchSize: [1, 1],
  imageSize: [64, 64],
  width: 16,
  depth: 1,
  mlpDim: 24,
  numHeads: 2,
  classifier: 'token',
  representationSize: null,
  numClasses: 10,
  resnet: { numLayers: [2, 2, 2, 2], widthFactor: 1 },
};

/** A DeiT of random weights; what Vitrine itself gives is what must come out. */
export async function randomDeit(distillation: DeitArchitecture['distillation']): Promise<ExportCase> {
  const architecture: DeitArchitecture = {
    family: 'deit',
    distillation,
    patchSize: [16, 16],
    imageSize: [64, 64],
    width: 32,
    depth: 2,
    mlpDim: 64,
    numHeads: 2,
    classifier: 'token',
    representationSize: null,
    numClasses: 10,
    gelu: 'erf',
    layerNormEpsilon: 1e-6,
  };
  const params = randomParams(architecture);
  const images = randomTensor(randomStream(6, STREAM.init), [2, 64, 64, 3]);
  const program = await createProgram(await loadEngine(), predictProgram({ architecture, batch: 2 }), 'eager');
  try {
    await loadParams(program, params);
    const { logits } = await program.call('predict', { images: images.data });
    return { params, architecture, images, expected: logits as NamedTensor };
  } finally {
    program.dispose();
  }
}

/** The first `batch` of the images, over and over, and the logits for them. */
export function atBatch(
  { images, expected }: ExportCase,
  batch: number,
): { images: NamedTensor; expected: NamedTensor } {
  const cut = ({ shape, data }: NamedTensor): NamedTensor => {
    const row = data.length / shape[0]!;
    const rows = new Float32Array(row * batch);
    for (let i = 0; i < batch; i++)
      rows.set(data.subarray((i % shape[0]!) * row, ((i % shape[0]!) + 1) * row), i * row);
    return { shape: [batch, ...shape.slice(1)], data: rows };
  };
  return { images: cut(images), expected: cut(expected) };
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = difference; // NaN stays
  }
  return largest;
}
