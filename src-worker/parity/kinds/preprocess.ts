import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import * as v from 'valibot';
import { IMAGENET_MEAN, IMAGENET_STD } from '../../../src-shared/checkpoints/imagenet.ts';
import { plainResize } from '../../../src-shared/checkpoints/preprocessing.ts';
import type { Preprocessing } from '../../../src-shared/checkpoints/sidecar.ts';
import { litPreprocess, prepareEval } from '../../../src-shared/data/preprocess.ts';
import type { RgbImage } from '../../../src-shared/data/resize-bilinear.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { sameShape, type NamedTensor } from '../../../src-shared/models/params.ts';
import { decodeImage } from '../../data/decode-image.ts';
import { ImagePipeline } from '../../data/image-pipeline.ts';
import { createProgram } from '../../engine/create-program.ts';
import type { Engine } from '../../engine/runtime.ts';
import { readArrays } from '../case-arrays.ts';
import { fileOf, readJson, type ParityCase } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays, compareNumber, type Comparison, type Numbers } from '../compare.ts';
import { decodeWithTensorFlow, isJpeg } from '../decode-tensorflow.ts';
import { NotSupportedYet, type CaseContext, type Compared } from '../outcome.ts';

/** Statistics of arrays too large to ship. */
const statsSchema = v.record(
  v.string(),
  v.object({ shape: v.array(v.number()), mean: v.number(), std: v.number(), crc32_float32_le: v.number() }),
);

/** Statistics are compared where the bits differ; they are sums of many values, so a little rounding is theirs. */
const STATISTICS_RTOL = 1e-6;

interface Source {
  engine: Engine;
  path: string;
  jpeg: boolean;
  expected: ReadonlyMap<string, NamedTensor>;
}

/** An image file, decoded, and as the models of vit_jax, LiT, timm and transformers see it. */
export async function preprocess({ engine, parityCase }: CaseContext): Promise<Compared> {
  const expected = await readArrays(parityCase, 'expected.npz');
  const stats =
    'stats.json' in parityCase.files
      ? checked(statsSchema, await readJson(fileOf(parityCase, 'stats.json')), 'stats.json')
      : {};
  const path = imagePath(parityCase);
  const source: Source = { engine, path, jpeg: await startsAsJpeg(path), expected };
  const comparisons: Comparison[] = [];
  const left = { families: new Set<string>(), engine: new Set<string>() };
  const names = [...expected.keys(), ...Object.keys(stats).filter((name) => !expected.has(name))];
  for (const name of names) {
    const produce = producerOf(name);
    if (!produce) {
      left.families.add(name);
      continue;
    }
    const got = await produce(source);
    if (!got) {
      left.engine.add(name);
      continue;
    }
    const atol = toleranceOf(parityCase, name, source.jpeg);
    const array = expected.get(name);
    if (array) comparisons.push(compareArrays(name, got, { expected: array, atol }));
    if (stats[name]) comparisons.push(...compareStatistics(name, got, { expected: stats[name], atol }));
  }
  const remarks = [];
  if (left.engine.size > 0) remarks.push(`need TensorFlow's JPEG decoder (fast DCT): ${[...left.engine].join(', ')}`);
  if (source.jpeg && !engine.binding && expected.has('tf_decoded')) remarks.push('resized from the given tf_decoded');
  if (left.families.size > 0) remarks.push(`not supported yet: ${[...left.families].join(', ')}`);
  if (comparisons.length === 0) throw new NotSupportedYet(remarks.join('; '));
  return remarks.length === 0 ? { comparisons } : { comparisons, remark: remarks.join('; ') };
}

/** Gives the array of that name, or undefined where this engine can't give it faithfully. */
type Producer = (source: Source) => Promise<Numbers | undefined>;

/** The recipes, by name as goldens spell them: `vit_jax_eval_224_patch16_at_96_96` is a corner of `vit_jax_eval_224`. */
function producerOf(name: string): Producer | undefined {
  const patch = /^(.+)_patch(\d+)_at_(\d+)_(\d+)$/.exec(name);
  if (patch) {
    const whole = producerOf(patch[1]!);
    const [size, y, x] = patch.slice(2).map(Number) as [number, number, number];
    return whole && (async (source) => cut(await whole(source), { size, y, x }));
  }
  if (name === 'tf_decoded') return async (source) => asArray(await decodedFast(source));
  if (name === 'tf_decoded_integer_accurate' || name === 'pil_decoded')
    return async (source) => asArray(await decodedAccurately(source));
  const preprocessing = preprocessingNamed(name);
  if (preprocessing) return (source) => evalImage(source, preprocessing);
  const sized = /^(lit|lit_crop)_(\d+)$/.exec(name);
  if (!sized) return undefined;
  const size = Number(sized[2]);
  return async (source) => {
    const image = await decodedFast(source, true);
    return image && { shape: [size, size, 3], data: litPreprocess(image, size, sized[1] === 'lit_crop') };
  };
}

/** How timm and transformers prepare images for DeiT; `…_from_tf_decoded`: after TensorFlow's own decoding. */
function preprocessingNamed(name: string): Preprocessing | undefined {
  const plain = /^vit_jax_eval_(\d+)$/.exec(name);
  if (plain) return plainResize([Number(plain[1]), Number(plain[1])]);
  const deit = /^(deit_eval|hf_deit)_(\d+)_(\d+)(_from_tf_decoded)?$/.exec(name);
  if (!deit) return undefined;
  const [length, crop] = [Number(deit[2]), Number(deit[3])];
  return {
    resolution: [crop, crop],
    resize: 'bicubic',
    antialias: true,
    ...(deit[1] === 'deit_eval'
      ? { resized: { fit: 'short side', length } }
      : { resized: { fit: 'stretch', size: [length, length] }, corner: 'down' }),
    ...(deit[4] === undefined ? { dct: 'accurate' } : {}),
    range: 'normalised',
    mean: IMAGENET_MEAN,
    std: IMAGENET_STD,
    exif: 'ignore',
  };
}

/** As vit_jax decodes. Without TensorFlow, JPEG only from the array that is given (`orGiven`), other formats exactly. */
async function decodedFast({ engine, path, jpeg, expected }: Source, orGiven = false): Promise<RgbImage | undefined> {
  if (engine.binding) return decodeWithTensorFlow(engine.binding, path, 'INTEGER_FAST');
  if (!jpeg) return decodeImage(path);
  const given = orGiven ? expected.get('tf_decoded') : undefined;
  return given && { data: given.data, height: given.shape[0]!, width: given.shape[1]! };
}

async function decodedAccurately({ engine, path }: Source): Promise<RgbImage> {
  return engine.binding ? decodeWithTensorFlow(engine.binding, path, 'INTEGER_ACCURATE') : decodeImage(path);
}

function asArray(image: RgbImage | undefined): Numbers | undefined {
  return image && { shape: [image.height, image.width, 3], data: image.data };
}

/** Through the product's own pipeline; where TensorFlow's fast DCT is asked for and isn't there, from what it gave. */
async function evalImage(source: Source, preprocessing: Preprocessing): Promise<Numbers | undefined> {
  const { engine, path, jpeg } = source;
  if (!engine.binding && jpeg && preprocessing.dct === undefined) {
    const image = await decodedFast(source, true);
    return image && { shape: [...preprocessing.resolution, 3], data: prepareEval(image, preprocessing) };
  }
  const pipeline = new ImagePipeline({
    name: 'eval',
    mode: 'eval',
    batch: 1,
    parallelism: 1,
    preprocessing,
    cropAreaMin: 1,
    flip: false,
  });
  const program = await createProgram(engine, {
    name: 'preprocess',
    state: {},
    pipelines: { eval: pipeline },
    methods: { next: { pipeline: 'eval', run: (_, { images }) => ({ outputs: { images: images! } }) } },
  });
  try {
    const chunk = { paths: [path], labels: new Int32Array(1), seeds: new Int32Array(2), weights: Float32Array.of(1) };
    await program.startPipeline('eval', chunk);
    const { images } = await program.call('next');
    return { shape: images!.shape.slice(1), data: images!.data };
  } finally {
    program.dispose();
  }
}

function cut(image: Numbers | undefined, { size, y, x }: { size: number; y: number; x: number }): Numbers | undefined {
  if (!image) return undefined;
  const width = image.shape[1]!;
  const data: number[] = [];
  for (let row = y; row < y + size; row++) {
    for (let i = (row * width + x) * 3; i < (row * width + x + size) * 3; i++) data.push(image.data[i]!);
  }
  return { shape: [size, size, 3], data };
}

/** The tolerance listed under the array's own name, or under that of another size of it. */
function toleranceOf({ id, tolerance }: ParityCase, name: string, jpeg: boolean): number {
  if (/^(tf|pil)_decoded/.test(name)) {
    // Decoders are said in words: exact for PNG, JPEG within 2 levels between decoder versions.
    return typeof tolerance['decoded'] === 'number' ? tolerance['decoded'] : jpeg ? 2 : 0;
  }
  // transformers' DeiT images have timm's tolerance: the same steps with other sizes.
  const recipe = (key: string): string => key.replace(/(_crop)?_\d.*$/, '').replace('hf_deit', 'deit_eval');
  const key = name in tolerance ? name : Object.keys(tolerance).find((k) => recipe(k) === recipe(name));
  const value = key === undefined ? undefined : tolerance[key];
  if (typeof value !== 'number') throw new AppError('bad_file', `tolerance of ${id} says nothing about "${name}".`);
  return value;
}

/** Equal to the bit, by its checksum; else mean and standard deviation. */
function compareStatistics(
  name: string,
  got: Numbers,
  options: { expected: v.InferOutput<typeof statsSchema>[string]; atol: number },
): Comparison[] {
  const { expected, atol } = options;
  if (!sameShape(got.shape, expected.shape)) {
    throw new AppError(
      'bad_file',
      `${name} has shape [${got.shape.join(', ')}], stats.json says [${expected.shape.join(', ')}].`,
    );
  }
  if (crc32(new Uint8Array(Float32Array.from(got.data).buffer)) === expected.crc32_float32_le) {
    return [compareNumber(`bits of ${name}`, 0, { expected: 0, atol })];
  }
  let sum = 0;
  let squares = 0;
  const n = got.data.length;
  for (let i = 0; i < n; i++) sum += got.data[i]!;
  for (let i = 0; i < n; i++) squares += (got.data[i]! - sum / n) ** 2;
  return [
    compareNumber(`mean of ${name}`, sum / n, { expected: expected.mean, atol, rtol: STATISTICS_RTOL }),
    compareNumber(`std of ${name}`, Math.sqrt(squares / n), { expected: expected.std, atol, rtol: STATISTICS_RTOL }),
  ];
}

function imagePath(parityCase: ParityCase): string {
  const image = Object.keys(parityCase.files).find((name) => !/\.(npz|json|md)$/.test(name));
  if (image === undefined) throw new AppError('not_found', `The case ${parityCase.id} lists no image.`);
  return fileOf(parityCase, image);
}

async function startsAsJpeg(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(new Uint8Array(2), 0, 2, 0);
    return isJpeg(buffer);
  } finally {
    await file.close();
  }
}
