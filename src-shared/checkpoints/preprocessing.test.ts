import { describe, expect, it } from 'vitest';
import { DEIT_VARIANTS, deitArchitectureOf } from '../models/deit-variants.ts';
import { architectureOf, variantNamed, type VitVariant } from '../models/variants.ts';
import { describePreprocessing } from './describe-preprocessing.ts';
import { assumedPreprocessing, atResolution, plainResize, preparationFor } from './preprocessing.ts';
import type { Preprocessing } from './sidecar.ts';

const vit = architectureOf(variantNamed('ViT-Ti_16') as VitVariant, { imageSize: 224, numClasses: 10 });
const TIMM: Preprocessing = {
  resolution: [224, 224],
  resize: 'bicubic',
  antialias: true,
  resized: { fit: 'short side', length: 248 },
  dct: 'accurate',
  range: 'normalised',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  exif: 'ignore',
};

describe('atResolution', () => {
  it('keeps the share that is cut off, in timm’s rounding', () => {
    expect(atResolution(TIMM, [224, 224])).toBe(TIMM);
    // timm: floor(384 / 0.9) and floor(96 / 0.9)
    expect(atResolution(TIMM, [384, 384])).toEqual({
      ...TIMM,
      resolution: [384, 384],
      resized: { fit: 'short side', length: 426 },
    });
    expect(atResolution(TIMM, [96, 96]).resized).toEqual({ fit: 'short side', length: 106 });
    const stretched: Preprocessing = { ...TIMM, resized: { fit: 'stretch', size: [256, 256] } };
    expect(atResolution(stretched, [384, 64]).resized).toEqual({ fit: 'stretch', size: [438, 73] });
    expect(atResolution(plainResize([224, 224]), [32, 16])).toEqual(plainResize([32, 16]));
  });
});

describe('preparationFor', () => {
  it('takes what the checkpoint says, and says what it changes', () => {
    expect(preparationFor('a', { architecture: vit, preprocessing: TIMM })).toEqual({ preprocessing: TIMM, notes: [] });
    const { notes } = preparationFor('a', { architecture: vit, preprocessing: TIMM }, [384, 384]);
    expect(notes).toEqual([
      "The checkpoint's images are of 224x224 px; prepared in the same way for 384x384 px, cut out of a short side of 426 px.",
    ]);
  });

  it('assumes the family’s own where nothing is said', () => {
    const none = { preprocessing: null };
    expect(preparationFor('a.npz', { architecture: vit, ...none })).toEqual({
      preprocessing: plainResize([224, 224]),
      notes: [],
    });
    const deit = deitArchitectureOf(DEIT_VARIANTS[0]!, 10);
    const { preprocessing, notes } = preparationFor('a.safetensors', { architecture: deit, ...none }, [384, 384]);
    expect(preprocessing).toEqual({
      ...TIMM,
      resolution: [384, 384],
      resized: { fit: 'short side', length: 438 },
    });
    expect(preprocessing).toEqual(assumedPreprocessing({ ...deit, imageSize: [384, 384] }));
    expect(notes).toEqual(["a.safetensors doesn't say how images are prepared: as DeiT's are."]);
  });

  it('refuses what can’t be done, with the reason', () => {
    const model = { architecture: vit, preprocessing: null, unprepared: 'config.json has the interpolation "box"' };
    expect(() => preparationFor('m.safetensors', model)).toThrow(
      `m.safetensors was made for images that can't be prepared here: config.json has the interpolation "box".`,
    );
  });
});

describe('describePreprocessing', () => {
  it('says all of it', () => {
    expect(describePreprocessing(plainResize([224, 224]))).toEqual({
      resize: 'bilinear to 224 × 224 px, half-pixel centres, no antialiasing, aspect ratio not kept',
      crop: null,
      values: '(x − 127.5) / 127.5 a channel',
      jpeg: 'fast DCT',
      exif: 'orientation ignored',
    });
    expect(describePreprocessing({ ...TIMM, corner: 'down', exif: 'exif' })).toEqual({
      resize: 'bicubic, the short side to 248 px, antialiased and rounded as Pillow does, aspect ratio kept',
      crop: 'central 224 × 224 px, corner rounded down',
      values: '(x / 255 − mean) / std with mean 0.485, 0.456, 0.406 and std 0.229, 0.224, 0.225',
      jpeg: 'accurate DCT',
      exif: 'orientation followed',
    });
  });
});
