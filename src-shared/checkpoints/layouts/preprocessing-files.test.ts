import { describe, expect, it } from 'vitest';
import { hfPreprocessing } from './hf-processor.ts';
import type { LayoutFile, Prepared } from './layout.ts';
import { timmConfig } from './timm-config.ts';

const file = (json: unknown): LayoutFile => ({ shapes: new Map(), config: json, preprocessor: json });
const timm = (fields: object): Prepared =>
  timmConfig(file({ pretrained_cfg: { input_size: [3, 224, 224], ...fields } })).prepared;
const hf = (fields: object, usual: 'ViT' | 'DeiT' = 'ViT'): Prepared => hfPreprocessing(file(fields), usual);

const IMAGENET = { range: 'normalised', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const PILLOW = { antialias: true, dct: 'accurate', exif: 'ignore' };
const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

describe("timm's config.json", () => {
  it.each([
    // What it leaves out is timm's own: bicubic, crop_pct 0.875, ImageNet's mean and std.
    [{ crop_pct: 0.9 }, { resize: 'bicubic', resized: { fit: 'short side', length: 248 }, ...IMAGENET }],
    [{ interpolation: 'lanczos' }, { resize: 'lanczos', resized: { fit: 'short side', length: 256 }, ...IMAGENET }],
    [
      { crop_pct: 0.95, crop_mode: 'squash', interpolation: 'bilinear', ...HALF },
      { resize: 'bilinear', resized: { fit: 'stretch', size: [235, 235] }, range: '[-1, 1]' },
    ],
    [
      { crop_pct: 1, crop_mode: 'squash', ...HALF },
      { resize: 'bicubic', range: '[-1, 1]' },
    ],
    [
      { crop_pct: 1, crop_mode: 'center', ...HALF },
      { resize: 'bicubic', resized: { fit: 'short side', length: 224 }, range: '[-1, 1]' },
    ],
  ])('%j', (fields, expected) => {
    expect(timm(fields)).toEqual({ preprocessing: { resolution: [224, 224], ...PILLOW, ...expected } });
  });

  it('says nothing where it has none of the fields', () => {
    expect(timm({})).toEqual({ preprocessing: null });
  });

  it.each([
    [{ interpolation: 'random' }, /interpolation "random"/],
    [{ crop_mode: 'border' }, /crop_mode "border"/],
    [{ crop_pct: 1e-9 }, /crop_pct 1e-9/],
    [{ crop_pct: 0.9, std: [0, 1, 1] }, /std of zero/],
    [{ crop_pct: 0.9, input_size: [3, 224, 160] }, /aren't square/],
  ])('%j is told apart', (fields, why) => {
    const { preprocessing, unprepared } = timm(fields);
    expect(preprocessing).toBeNull();
    expect(unprepared).toMatch(why);
  });
});

describe("transformers' preprocessor_config.json", () => {
  it.each([
    // Defaults of each processor.
    [{}, 'ViT', { resolution: [224, 224], resize: 'bilinear', range: '[-1, 1]' }],
    [
      { feature_extractor_type: 'ViTFeatureExtractor', size: 384 },
      'ViT',
      { resolution: [384, 384], resize: 'bilinear', range: '[-1, 1]' },
    ],
    [
      {},
      'DeiT',
      {
        resolution: [224, 224],
        resize: 'bicubic',
        resized: { fit: 'stretch', size: [256, 256] },
        corner: 'down',
        range: '[-1, 1]',
      },
    ],
    [
      {
        image_processor_type: 'CLIPImageProcessorFast',
        size: 200,
        crop_size: 160,
        image_mean: [0.5, 0.5, 0.5],
        image_std: [0.5, 0.5, 0.5],
      },
      'ViT',
      {
        resolution: [160, 160],
        resize: 'bicubic',
        resized: { fit: 'short side', length: 200 },
        corner: 'down',
        range: '[-1, 1]',
      },
    ],
    [
      {
        size: { height: 30, width: 20 },
        resample: 0,
        image_mean: IMAGENET.mean,
        image_std: IMAGENET.std,
        do_center_crop: true,
      },
      'ViT', // which knows no crop
      { resolution: [30, 20], resize: 'nearest', ...IMAGENET },
    ],
    [
      { do_normalize: false },
      'ViT',
      { resolution: [224, 224], resize: 'bilinear', range: 'normalised', mean: [0, 0, 0], std: [1, 1, 1] },
    ],
    [
      { do_rescale: false, image_mean: [127.5, 127.5, 127.5], image_std: [51, 51, 51] },
      'ViT',
      { resolution: [224, 224], resize: 'bilinear', range: 'normalised', mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
    ],
  ] as const)('%j of a %s', (fields, usual, expected) => {
    expect(hf(fields, usual)).toEqual({ preprocessing: { ...PILLOW, ...expected } });
  });

  it.each([
    [{ do_resize: false }, /doesn't resize/],
    [{ resample: 4 }, /filter 4/],
    [{ image_processor_type: 'ConvNextImageProcessor' }, /"ConvNextImageProcessor", which is not known/],
    [{ size: { shortest_edge: 224 } }, /without a crop/],
    [{ size: 100_000 }, /more than 8192 px/],
    [{ image_std: [1, 0, 1] }, /divides by zero/],
  ])('%j is told apart', (fields, why) => {
    const { preprocessing, unprepared } = hf(fields);
    expect(preprocessing).toBeNull();
    expect(unprepared).toMatch(why);
  });

  it('says nothing where there is none', () => {
    expect(hfPreprocessing({ ...file(null) }, 'ViT')).toEqual({ preprocessing: null });
  });
});
