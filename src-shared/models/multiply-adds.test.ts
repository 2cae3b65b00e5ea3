import { describe, expect, test } from 'vitest';
import type { DeitArchitecture, HybridArchitecture, MixerArchitecture, VitArchitecture } from './architecture.ts';
import { countParams } from './family-params.ts';
import { multiplyAdds } from './multiply-adds.ts';
import { architectureOf, variantNamed, VARIANTS } from './variants.ts';

test.each(VARIANTS.map((variant) => [variant.modelName, variant] as const))(
  '%s has the parameters and multiply-adds of its row',
  (_, variant) => {
    const architecture = architectureOf(variant, { imageSize: variant.resolution, numClasses: 1000 });
    expect(countParams(architecture)).toBe(variant.parameters);
    expect(multiplyAdds(architecture)).toBe(variant.multiplyAdds);
  },
);

test('those with mean pooling differ from theirs by the class token', () => {
  for (const variant of VARIANTS.filter(({ modelName }) => modelName.endsWith('-gap-norep'))) {
    const theirs = variantNamed(variant.modelName.replace('-gap-norep', ''));
    // The token itself and its position embedding.
    expect(variant.parameters).toBe(theirs.parameters - 2 * variant.width);
  }
});

// arXiv:2105.01601, table 1: millions of parameters without a head.
test.each([
  ['Mixer-B_32', 60],
  ['Mixer-B_16', 59],
  ['Mixer-L_16', 207],
])('%s has the paper’s %d million parameters before the head', (modelName, millions) => {
  const architecture = architectureOf(variantNamed(modelName), { imageSize: 224, numClasses: null });
  expect(Math.round(countParams(architecture) / 1e6)).toBe(millions);
});

describe('multiply-adds by hand', () => {
  const VIT: VitArchitecture = {
    family: 'vit',
    patchSize: [2, 2],
    imageSize: [5, 4],
    width: 4,
    depth: 2,
    mlpDim: 6,
    numHeads: 2,
    classifier: 'token',
    representationSize: null,
    numClasses: 3,
  };

  test('of a ViT', () => {
    // 2 x 2 patches of 12 numbers: 4·12·4 = 192. A block of 5 tokens: 5·4·16 = 320, 2·25·4 = 200, 5·2·24 = 240.
    // The head: 4·3 = 12.
    expect(multiplyAdds(VIT)).toBe(192 + 2 * (320 + 200 + 240) + 12);
    expect(multiplyAdds({ ...VIT, numClasses: null })).toBe(192 + 2 * 760);
    // Representation and head of one vector, 4·5 + 5·3, or of each of 4 tokens without the class token.
    expect(multiplyAdds({ ...VIT, representationSize: 5 })).toBe(192 + 2 * 760 + 35);
    const gap = 192 + 2 * (4 * 64 + 2 * 16 * 4 + 4 * 48);
    expect(multiplyAdds({ ...VIT, classifier: 'gap' })).toBe(gap + 12);
    expect(multiplyAdds({ ...VIT, classifier: 'unpooled' })).toBe(gap + 4 * 12);
  });

  test('of a DeiT, whose distilled form has one more token and head', () => {
    const deit: DeitArchitecture = {
      ...VIT,
      family: 'deit',
      classifier: 'token',
      representationSize: null,
      gelu: 'erf',
      layerNormEpsilon: 1e-6,
      distillation: 'heads',
    };
    // A block of 6 tokens: 6·64 = 384, 2·36·4 = 288, 6·48 = 288.
    expect(multiplyAdds(deit)).toBe(192 + 2 * (384 + 288 + 288) + 24);
  });

  test('of a hybrid', () => {
    const hybrid: HybridArchitecture = {
      ...VIT,
      family: 'hybrid',
      patchSize: [1, 1],
      imageSize: [13, 8],
      resnet: { numLayers: [1, 2], widthFactor: 0.5 },
    };
    // 13 x 8 px -> root 7 x 4 -> pool 4 x 2 -> stage 2: 2 x 1. Root: 28·147·32.
    const root = 28 * 147 * 32;
    // Stage 1, one unit at 8 places: projection 32·128, 1x1 32·32, 3x3 9·32·32, 1x1 32·128.
    const first = 8 * (32 * 128 + 32 * 32 + 9 * 32 * 32 + 32 * 128);
    // Stage 2, unit 1: projection at 2 places 128·256, 1x1 at 8 places 128·64, 3x3 and 1x1 at 2 places.
    const second = 2 * 128 * 256 + 8 * 128 * 64 + 2 * (9 * 64 * 64 + 64 * 256);
    const third = 2 * (256 * 64 + 9 * 64 * 64 + 64 * 256);
    // 2 patches of 256 numbers; blocks of 3 tokens: 3·64, 2·9·4, 3·48.
    const encoder = 2 * 256 * 4 + 2 * (192 + 72 + 144) + 12;
    expect(multiplyAdds(hybrid)).toBe(root + first + second + third + encoder);
    const rootAlone = { ...hybrid, resnet: { numLayers: [], widthFactor: 0.5 } };
    // 4 x 2 patches of 32 numbers; blocks of 9 tokens: 9·64, 2·81·4, 9·48.
    expect(multiplyAdds(rootAlone)).toBe(root + 8 * 32 * 4 + 2 * (576 + 648 + 432) + 12);
  });

  test('of an MLP-Mixer, whose stem pads', () => {
    const mixer: MixerArchitecture = {
      family: 'mixer',
      patchSize: [2, 2],
      imageSize: [5, 4],
      width: 4,
      depth: 3,
      tokensMlpDim: 5,
      channelsMlpDim: 7,
      classifier: 'gap',
      representationSize: null,
      numClasses: 3,
    };
    // 3 x 2 patches of 12 numbers: 6·12·4. A block: 4 channels · 2·6·5, 6 tokens · 2·4·7. The head: 4·3.
    expect(multiplyAdds(mixer)).toBe(288 + 3 * (240 + 336) + 12);
  });
});
