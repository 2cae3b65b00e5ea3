import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import type { VitArchitecture } from '../models/architecture.ts';
import { architectureOf, VARIANTS } from '../models/variants.ts';
import { vitParams } from '../models/vit-params.ts';
import { readVitArchitecture } from './vit-architecture.ts';

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

function shapesOf(architecture: VitArchitecture, change: (shapes: Shapes) => void = () => undefined): Shapes {
  const shapes: Shapes = new Map([...vitParams(architecture)].map(([name, { shape }]) => [name, shape]));
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

describe('readVitArchitecture', () => {
  it.each(VARIANTS.filter((variant) => variant.family === 'vit'))('reads $modelName', (variant) => {
    for (const numClasses of [null, 1000]) {
      const imageSize = variant.patchSize[0] * 14;
      const architecture = architectureOf(variant, { imageSize, numClasses });
      const { classifier } = variant;
      expect(readVitArchitecture(shapesOf(architecture), { classifier })).toMatchObject({ architecture, unused: [] });
    }
  });

  it('notes what the weights leave open, and lets hints settle it', () => {
    const reading = readVitArchitecture(shapesOf({ ...SMALL, classifier: 'token_unpooled' }));
    expect(reading.architecture.classifier).toBe('token');
    expect(reading.notes.join()).toContain('token_unpooled');
    expect(readVitArchitecture(shapesOf({ ...SMALL, classifier: 'unpooled' })).architecture.classifier).toBe('gap');
    const settled = readVitArchitecture(shapesOf(SMALL), { classifier: 'token_unpooled' });
    expect(settled).toMatchObject({ architecture: { classifier: 'token_unpooled' }, notes: [] });
    expect(errorOf(() => readVitArchitecture(shapesOf(SMALL), { classifier: 'gap' })).hint).toContain('"token"');
  });

  it('reads representation size, missing heads and patches that are not square', () => {
    const odd: VitArchitecture = { ...SMALL, representationSize: 20, patchSize: [8, 16], imageSize: [32, 64] };
    expect(readVitArchitecture(shapesOf(odd)).architecture).toEqual(odd);
    const headless: VitArchitecture = { ...SMALL, numClasses: null };
    expect(readVitArchitecture(shapesOf(headless))).toMatchObject({ architecture: headless });
  });

  it('needs the image size where the grid is not square', () => {
    const wide: VitArchitecture = { ...SMALL, imageSize: [48, 80] };
    expect(errorOf(() => readVitArchitecture(shapesOf(wide))).message).toMatch(/15 position embeddings/);
    expect(readVitArchitecture(shapesOf(wide), { imageSize: [48, 80] }).architecture).toEqual(wide);
    expect(readVitArchitecture(shapesOf(wide), { imageSize: [50, 95] }).architecture).toEqual(wide); // same patches
    expect(errorOf(() => readVitArchitecture(shapesOf(wide), { imageSize: [64, 64] })).message).toMatch(/4x4 patches/);
    const square16: VitArchitecture = { ...SMALL, imageSize: [32, 128] }; // 2 x 8 patches could be 4 x 4
    expect(readVitArchitecture(shapesOf(square16), { imageSize: [32, 128] }).architecture).toEqual(square16);
  });

  it('names tensors that are missing, misshapen or too many', () => {
    const lacking = errorOf(() =>
      readVitArchitecture(shapesOf(SMALL, (s) => s.delete('Transformer/encoder_norm/bias'))),
    );
    expect(lacking.message).toContain('"Transformer/encoder_norm/bias"');
    expect(lacking.details).toEqual({ missing: ['Transformer/encoder_norm/bias'] });
    const misshapen = shapesOf(SMALL, (s) => s.set('Transformer/encoderblock_2/LayerNorm_1/bias', [31]));
    expect(errorOf(() => readVitArchitecture(misshapen)).message).toMatch(/encoderblock_2.*\[31\].*\[32\]/);
    const extra = shapesOf(SMALL, (s) => s.set('ema/decay', []));
    expect(readVitArchitecture(extra).unused).toEqual(['ema/decay']);
  });

  it('finds a block that is missing, however large the numbers', () => {
    const gap = shapesOf(SMALL, (s) => {
      for (const name of [...s.keys()]) if (name.includes('encoderblock_1/')) s.delete(name);
    });
    expect(errorOf(() => readVitArchitecture(gap)).message).toMatch(/block 1 is missing/);
    const far = shapesOf(SMALL, (s) => s.set('Transformer/encoderblock_99999999999/x', [1]));
    expect(errorOf(() => readVitArchitecture(far)).message).toMatch(/block 3 is missing/);
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
    errorOf(() => readVitArchitecture(shapesOf(SMALL, (s) => s.set(name, shape))));
  });

  it('says what it found in a layout that it does not know', () => {
    const error = errorOf(() =>
      readVitArchitecture(
        new Map([
          ['conv1/weight', [64, 3, 7, 7]],
          ['fc/weight', [10, 64]],
        ]),
      ),
    );
    expect(error.message).toMatch(/no Vision Transformer/);
    expect(error.hint).toContain('"conv1/weight", "fc/weight"');
    expect(error.hint).toContain('"embedding/kernel" [P, P, 3, D]');
    expect(errorOf(() => readVitArchitecture(new Map())).hint).toContain('no tensors');
  });

  it.each([
    ['MixerBlock_0/token_mixing/Dense_0/kernel', /MLP-Mixer.*not supported yet/],
    ['conv_root/kernel', /hybrid.*not supported yet/],
    ['img/Transformer/encoder_norm/bias', /LiT.*not supported yet/],
    ['blocks.0.attn.qkv.weight', /PyTorch.*not supported yet/],
  ])('recognises %s', (name, message) => {
    expect(errorOf(() => readVitArchitecture(shapesOf(SMALL, (s) => s.set(name, [1])))).message).toMatch(message);
  });
});
