import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { patchStride } from '../models/architecture.ts';
import type { Architecture, HybridArchitecture, MixerArchitecture, VitArchitecture } from '../models/architecture.ts';
import { paramsOf } from '../models/family-params.ts';
import { architectureOf, VARIANTS, variantOf } from '../models/variants.ts';
import { linenShape, publishedShape } from './names.ts';
import { readArchitecture } from './read-architecture.ts';

const SMALL: VitArchitecture = {
  family: 'vit',
  patchSize: [16, 16],
  imageSize: [64, 64],
  width: 32,
  depth: 3,
  mlpDim: 48,
  numHeads: 4,
  classifier: 'token',
  representationSize: null,
  numClasses: 7,
};

type Shapes = Map<string, readonly number[]>;

const HYBRID: HybridArchitecture = {
  ...SMALL,
  family: 'hybrid',
  patchSize: [2, 1],
  resnet: { numLayers: [2, 1, 3], widthFactor: 0.5 },
};

const MIXER: MixerArchitecture = {
  family: 'mixer',
  patchSize: [16, 16],
  imageSize: [64, 64],
  width: 32,
  depth: 3,
  tokensMlpDim: 20,
  channelsMlpDim: 48,
  classifier: 'gap',
  representationSize: null,
  numClasses: 7,
};

function shapesOf(architecture: Architecture, change: (shapes: Shapes) => void = () => undefined): Shapes {
  const shapes: Shapes = new Map([...paramsOf(architecture)].map(([name, { shape }]) => [name, shape]));
  change(shapes);
  return shapes;
}

function errorOf(action: () => unknown): AppError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe('bad_checkpoint');
    return error as AppError;
  }
  throw new Error('nothing was thrown');
}

describe('readArchitecture', () => {
  it.each(VARIANTS)('reads $modelName', (variant) => {
    for (const numClasses of [null, 1000]) {
      const imageSize = patchStride(variant)[0] * 7;
      const architecture = architectureOf(variant, { imageSize, numClasses });
      const { classifier } = architecture;
      expect(readArchitecture(shapesOf(architecture), { classifier })).toMatchObject({ architecture, unused: [] });
      expect(variantOf(architecture)).toBe(variant);
    }
  });

  it('notes what the weights leave open, and lets hints settle it', () => {
    const reading = readArchitecture(shapesOf({ ...SMALL, classifier: 'token_unpooled' }));
    expect(reading.architecture.classifier).toBe('token');
    expect(reading.notes.join()).toContain('token_unpooled');
    expect(readArchitecture(shapesOf({ ...SMALL, classifier: 'unpooled' })).architecture.classifier).toBe('gap');
    const settled = readArchitecture(shapesOf(SMALL), { classifier: 'token_unpooled' });
    expect(settled).toMatchObject({ architecture: { classifier: 'token_unpooled' }, notes: [] });
    expect(errorOf(() => readArchitecture(shapesOf(SMALL), { classifier: 'gap' })).hint).toContain('"token"');
  });

  it('reads representation size, missing heads and patches that are not square', () => {
    const odd: VitArchitecture = { ...SMALL, representationSize: 20, patchSize: [8, 16], imageSize: [32, 64] };
    expect(readArchitecture(shapesOf(odd)).architecture).toEqual(odd);
    const headless: VitArchitecture = { ...SMALL, numClasses: null };
    expect(readArchitecture(shapesOf(headless))).toMatchObject({ architecture: headless });
  });

  it('needs the image size where the grid is not square', () => {
    const wide: VitArchitecture = { ...SMALL, imageSize: [48, 80] };
    expect(errorOf(() => readArchitecture(shapesOf(wide))).message).toMatch(/15 patches/);
    expect(readArchitecture(shapesOf(wide), { imageSize: [48, 80] }).architecture).toEqual(wide);
    // Another size with the same patches is taken at its word.
    const larger = { ...wide, imageSize: [50, 95] };
    expect(readArchitecture(shapesOf(wide), { imageSize: [50, 95] }).architecture).toEqual(larger);
    expect(errorOf(() => readArchitecture(shapesOf(wide), { imageSize: [64, 64] })).message).toMatch(/4x4 patches/);
    const square16: VitArchitecture = { ...SMALL, imageSize: [32, 128] }; // 2 x 8 patches could be 4 x 4
    expect(readArchitecture(shapesOf(square16), { imageSize: [32, 128] }).architecture).toEqual(square16);
  });

  it('names tensors that are missing, misshapen or too many', () => {
    const lacking = errorOf(() => readArchitecture(shapesOf(SMALL, (s) => s.delete('Transformer/encoder_norm/bias'))));
    expect(lacking.message).toContain('"Transformer/encoder_norm/bias"');
    expect(lacking.details).toEqual({ missing: ['Transformer/encoder_norm/bias'] });
    const misshapen = shapesOf(SMALL, (s) => s.set('Transformer/encoderblock_2/LayerNorm_1/bias', [31]));
    expect(errorOf(() => readArchitecture(misshapen)).message).toMatch(/encoderblock_2.*\[31\].*\[32\]/);
    const extra = shapesOf(SMALL, (s) => s.set('ema/decay', []));
    expect(readArchitecture(extra).unused).toEqual(['ema/decay']);
  });

  it('finds a block that is missing, however large the numbers', () => {
    const gap = shapesOf(SMALL, (s) => {
      for (const name of [...s.keys()]) if (name.includes('encoderblock_1/')) s.delete(name);
    });
    expect(errorOf(() => readArchitecture(gap)).message).toMatch(/block 1 is missing/);
    const far = shapesOf(SMALL, (s) => s.set('Transformer/encoderblock_99999999999/x', [1]));
    expect(errorOf(() => readArchitecture(far)).message).toMatch(/block 3 is missing/);
  });

  it.each([
    ['embedding/kernel', [0, 16, 3, 32]],
    ['embedding/kernel', [16, 16, 4, 32]],
    ['embedding/kernel', [16, 16, 3]],
    ['Transformer/encoderblock_0/MultiHeadDotProductAttention_0/query/kernel', [32, 4, 9]],
    ['Transformer/posembed_input/pos_embedding', [1, 0, 32]],
    ['Transformer/posembed_input/pos_embedding', [1, 1, 32]],
    ['head/kernel', [33, 7]],
  ])('refuses %s with shape %j', (name, shape) => {
    errorOf(() => readArchitecture(shapesOf(SMALL, (s) => s.set(name, shape))));
  });

  it('says what it found in a layout that it does not know', () => {
    const error = errorOf(() =>
      readArchitecture(
        new Map([
          ['conv1/weight', [64, 3, 7, 7]],
          ['fc/weight', [10, 64]],
        ]),
      ),
    );
    expect(error.message).toBe('Its layout is not known: "conv1/weight", "fc/weight".');
    expect(error.hint).toContain('"embedding/kernel" [P, P, 3, D]');
    expect(errorOf(() => readArchitecture(new Map())).message).toContain('no tensors');
  });

  it('names the nearest layout and what does not fit it', () => {
    const names = ['params/step', 'Transformer/encoderblock_0/LayerNorm_0/scale', 'cls', 'stem_1/kernel'];
    const error = errorOf(() => readArchitecture(new Map(names.map((name) => [name, [1]]))));
    expect(error.message).toBe(
      'Its layout is not known: there is no tensor "embedding/kernel". The nearest is a Vision Transformer in ' +
        'AugReg\'s layout, 2 of 4 names fit; not "params/step", "stem_1/kernel".',
    );
    expect(error.details.missing).toEqual(['embedding/kernel']);
  });

  it.each(['Transformer/encoderblock_0/LayerScale_0/gamma', 'MAPHead_0/probe'])('refuses a model with %s', (name) => {
    expect(errorOf(() => readArchitecture(shapesOf(SMALL, (s) => s.set(name, [1])))).message).toContain(
      `it also computes with "${name}"`,
    );
  });

  it('refuses heads that do not make up the width', () => {
    const query = 'Transformer/encoderblock_0/MultiHeadDotProductAttention_0/query/kernel';
    const shapes = shapesOf(SMALL, (s) => s.set(query, [s.get(query)![0]!, 3, 5]));
    expect(errorOf(() => readArchitecture(shapes)).message).toMatch(
      /has 3 heads of 5, which don't add up to the width/,
    );
  });

  it.each([
    ['img/Transformer/encoder_norm/bias', /LiT.*not a classifier/],
    ['blocks.0.attn.qkv.weight', /PyTorch.*not supported/],
  ])('recognises %s', (name, message) => {
    expect(errorOf(() => readArchitecture(shapesOf(SMALL, (s) => s.set(name, [1])))).message).toMatch(message);
  });
});

describe('a hybrid', () => {
  it('is read with its stages, units, width and patches', () => {
    const { imageSize: _, ...fields } = HYBRID;
    expect(readArchitecture(shapesOf(HYBRID), { imageSize: [64, 64] }).architecture).toEqual(HYBRID);
    const square = { ...HYBRID, patchSize: [2, 2], imageSize: [96, 96] } as const;
    expect(readArchitecture(shapesOf(square)).architecture).toEqual(square); // 3 x 3 patches of 2 x 2 cells of 16 px
    const root = {
      ...fields,
      patchSize: [8, 8],
      imageSize: [64, 64],
      resnet: { numLayers: [], widthFactor: 1 },
    } as const;
    expect(readArchitecture(shapesOf(root)).architecture).toEqual(root);
  });

  it('takes an image size that SAME padding rounds to the same grid', () => {
    const uneven = { ...HYBRID, patchSize: [1, 1], imageSize: [57, 50] } as const; // 4 x 4 cells of 16 px
    expect(readArchitecture(shapesOf(uneven), { imageSize: [57, 50] }).architecture).toEqual(uneven);
    expect(readArchitecture(shapesOf(uneven)).architecture.imageSize).toEqual([64, 64]);
    expect(errorOf(() => readArchitecture(shapesOf(uneven), { imageSize: [65, 50] })).message).toMatch(/5x4 patches/);
  });

  it.each([
    ['block2/', /ResNet stage 2 is missing/],
    ['block3/unit2/', /In ResNet stage 3, unit 2 is missing/],
    ['block1/unit2/gn2/', /lacks 2 tensors of a hybrid.*block1\/unit2\/gn2\/scale/],
    ['conv_root/', /no tensor "conv_root\/kernel"\. The nearest is a hybrid/],
  ])('without %s is refused', (prefix, message) => {
    const shapes = shapesOf(HYBRID, (s) => [...s.keys()].forEach((name) => name.startsWith(prefix) && s.delete(name)));
    expect(errorOf(() => readArchitecture(shapes, { imageSize: [64, 64] })).message).toMatch(message);
  });

  it.each([
    ['conv_root/kernel', [7, 7, 3, 40], /40 outputs, which GroupNorm can't part into 32 groups/],
    ['conv_root/kernel', [3, 3, 3, 32], /\[7, 7, 3, W\] is expected/],
    ['embedding/kernel', [2, 1, 256, 32], /\[P, P, 512, D\] is expected/],
    ['block2/unit1/conv2/kernel', [3, 3, 64, 65], /\[3, 3, 64, 65\] where the other tensors call for/],
  ])('with %s %j is refused', (name, shape, message) => {
    const shapes = shapesOf(HYBRID, (s) => s.set(name, shape));
    expect(errorOf(() => readArchitecture(shapes, { imageSize: [64, 64] })).message).toMatch(message);
  });

  it('has GroupNorm parameters of two shapes: [1, 1, 1, C] in files, [C] here', () => {
    for (const [name, { shape }] of paramsOf(HYBRID)) {
      const published = publishedShape(name, shape);
      expect(published).toEqual(/(^|\/)gn[^/]+\/(scale|bias)$/.test(name) ? [1, 1, 1, ...shape] : shape);
      expect(linenShape(name, published)).toEqual(shape);
    }
    expect(linenShape('embedding/kernel', [1, 1, 1, 9])).toEqual([1, 1, 1, 9]);
    expect(linenShape('gn_root/scale', [1, 2, 1, 9])).toEqual([1, 2, 1, 9]);
  });
});

describe('an MLP-Mixer', () => {
  it('is read, with the image size where its patches form no square', () => {
    expect(readArchitecture(shapesOf(MIXER))).toEqual({ architecture: MIXER, notes: [], unused: [] });
    const wide: MixerArchitecture = { ...MIXER, imageSize: [70, 58] }; // SAME: 5 x 4 patches
    expect(errorOf(() => readArchitecture(shapesOf(wide))).message).toMatch(/20 patches don't form a square/);
    expect(readArchitecture(shapesOf(wide), { imageSize: [70, 58] }).architecture).toEqual(wide);
    expect(errorOf(() => readArchitecture(shapesOf(MIXER), { imageSize: [65, 64] })).message).toMatch(/5x4 patches/);
    const headless = readArchitecture(shapesOf({ ...MIXER, numClasses: null }));
    expect(headless.architecture.numClasses).toBeNull();
    expect(headless.notes.join()).toContain('no head');
  });

  it('always averages its tokens', () => {
    expect(readArchitecture(shapesOf(MIXER), { classifier: 'gap' }).architecture).toEqual(MIXER);
    expect(errorOf(() => readArchitecture(shapesOf(MIXER), { classifier: 'token' })).hint).toContain('"gap"');
  });

  it.each([
    ['MixerBlock_1/', /Mixer block 1 is missing/],
    ['stem/', /no tensor "stem\/kernel"\. The nearest is an MLP-Mixer/],
    ['MixerBlock_2/LayerNorm_1/', /lacks 2 tensors of an MLP-Mixer/],
  ])('without %s is refused', (prefix, message) => {
    const shapes = shapesOf(MIXER, (s) => [...s.keys()].forEach((name) => name.startsWith(prefix) && s.delete(name)));
    expect(errorOf(() => readArchitecture(shapes)).message).toMatch(message);
  });
});
