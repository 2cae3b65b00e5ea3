import { describe, expect, it } from 'vitest';
import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import { publishedName, publishedShape } from '../../../src-shared/checkpoints/names.ts';
import { LIT_VARIANTS, litArchitectureOf } from '../../../src-shared/models/lit-variants.ts';
import { architectureOf, variantNamed } from '../../../src-shared/models/variants.ts';
import type { VitVariant } from '../../../src-shared/models/variants.ts';
import { paramsOf } from '../../../src-shared/models/family-params.ts';
import { renderInspection } from './render-inspection.ts';

const architecture = architectureOf(variantNamed('ViT-Ti_16') as VitVariant, { imageSize: 224, numClasses: 12 });
const INSPECTION: Inspection = {
  path: 'runs/a/model.npz',
  bytes: 22_334_455,
  sha256: 'ab'.repeat(32),
  parameters: 5_526_732,
  naming: 'published',
  variant: 'ViT-Ti_16',
  architecture,
  labels: Array.from({ length: 12 }, (_, i) => `digit ${i}`),
  preprocessing: { resolution: [224, 224], resize: 'bilinear', range: '[-1, 1]', exif: 'exif' },
  provenance: null,
  tensors: [...paramsOf(architecture)].map(([name, { shape }]) => ({
    name: publishedName(name),
    shape,
    dtype: 'float32',
  })),
  unused: [],
  missing: [],
  nonFinite: [],
  notes: ['Only a note.'],
  error: null,
};

describe('renderInspection', () => {
  it('says what it is and folds blocks that are alike', () => {
    const text = renderInspection(INSPECTION, { all: false });
    expect(text).toContain('Vision Transformer, ViT-Ti_16');
    expect(text).toContain('224x224 px (14x14 patches, 197 tokens)');
    expect(text).toContain('depth 12, width 192, 3 heads of 64, MLP 768');
    expect(text).toContain('5,526,732');
    expect(text).toContain('1,253,493,504 multiply-adds for one image');
    expect(text).toContain('digit 0, digit 1');
    expect(text).toContain('and 2 more');
    expect(text).toContain('encoderblock_0 to encoderblock_11 (12 alike)');
    expect(text).toContain('    LayerNorm_0\n'); // LayerNorm_2 follows: no run of numbers
    expect(text.split('\n').length).toBeLessThan(60);
  });

  it('shows how images are prepared, what is assumed and what can’t be', () => {
    const text = renderInspection(INSPECTION, { all: false });
    expect(text).toMatch(
      /^images +bilinear to 224 × 224 px, half-pixel centres, no antialiasing, aspect ratio not kept$/m,
    );
    expect(text).toMatch(/^values +\(x − 127\.5\) \/ 127\.5 a channel$/m);
    expect(text).toMatch(/^decoding +JPEG by the fast DCT, EXIF orientation followed$/m);
    const silent = renderInspection({ ...INSPECTION, preprocessing: null }, { all: false });
    expect(silent).toMatch(/^images .*not kept \(the file says nothing: taken as such models have it\)$/m);
    const other = { ...INSPECTION, preprocessing: null, unprepared: 'config.json has the interpolation "box"' };
    expect(renderInspection(other, { all: false })).toMatch(
      /^images +can't be prepared here: config\.json has the interpolation "box"$/m,
    );
  });

  it('lists all blocks when asked', () => {
    const text = renderInspection(INSPECTION, { all: true });
    expect(text).toContain('encoderblock_11\n');
    expect(text.match(/MlpBlock_3/g)).toHaveLength(12);
  });

  it('folds only what is alike', () => {
    const tensors = INSPECTION.tensors.filter(({ name }) => name !== 'Transformer/encoderblock_5/LayerNorm_0/bias');
    const text = renderInspection({ ...INSPECTION, tensors }, { all: false });
    expect(text).toContain('encoderblock_0 to encoderblock_4 (5 alike)');
    expect(text).toContain('encoderblock_6 to encoderblock_11 (6 alike)');
  });

  function rendered(modelName: string): string {
    const architecture = architectureOf(variantNamed(modelName), { imageSize: 224, numClasses: 12 });
    const tensors = [...paramsOf(architecture)].map(([name, { shape }]) => ({
      name: publishedName(name),
      shape: publishedShape(name, shape),
      dtype: 'float32',
    }));
    return renderInspection({ ...INSPECTION, architecture, variant: modelName, tensors }, { all: false });
  }

  it('says what a hybrid is', () => {
    const text = rendered('R50+ViT-L_32');
    expect(text).toContain('hybrid of a ResNet and a Vision Transformer, R50+ViT-L_32');
    expect(text).toContain("1x1 cells of the ResNet's features (32x32 px)");
    expect(text).toContain('224x224 px (7x7 patches, 50 tokens)');
    expect(text).toContain('root and stages of 3, 4, 6, 3 units, width factor 1');
    expect(text).toContain('unit2 to unit6 (5 alike)');
    expect(text).toContain('scale  [1, 1, 1, 2048] float32');
  });

  it('says what an MLP-Mixer is', () => {
    const text = rendered('Mixer-B_16');
    expect(text).toContain('MLP-Mixer, Mixer-B_16');
    expect(text).toContain('224x224 px (14x14 patches)\n');
    expect(text).toContain('depth 12, width 768, token MLP 384, channel MLP 3072');
    expect(text).toContain('MixerBlock_0 to MixerBlock_11 (12 alike)');
    expect(text).not.toContain('naming');
  });

  it('prints nothing from a file that a terminal would act on, however deep its names', () => {
    const tensors = [{ name: `a\u001b[2J\u202e${'/b'.repeat(30_000)}`, shape: [1], dtype: 'float32' }];
    const text = renderInspection({ ...INSPECTION, tensors, labels: ['\u001b]0;x\u0007'] }, { all: false });
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('shows both towers of an image and text model', () => {
    const lit = litArchitectureOf(LIT_VARIANTS.find(({ modelName }) => modelName === 'LiT-L16S')!);
    const text = renderInspection({ ...INSPECTION, architecture: null, lit, variant: 'LiT-L16S' }, { all: false });
    expect(text).toContain('image and text model (LiT), LiT-L16S');
    expect(text).toMatch(/^image tower +Vision Transformer, depth 24, width 1024, 16 heads, MLP 4096; no head$/m);
    expect(text).toMatch(
      /^text tower +transformer, last token, depth 12, width 384, 6 heads, MLP 1536; head of 1024$/m,
    );
    expect(text).toMatch(/^text +16 tokens of 16,000, from a SentencePiece model \(\.model\)$/m);
    expect(text).not.toMatch(/^labels/m);
  });
});
