import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasClassToken, numTokens } from './architecture.ts';
import type { VitArchitecture } from './architecture.ts';
import { architectureOf, augregNameOf, VARIANTS, variantNamed } from './variants.ts';

/** Parameters of a ViT with a head, counted from the paper's equations. */
function countParameters(a: VitArchitecture): number {
  const d = a.width;
  const embedding =
    a.patchSize[0] * a.patchSize[1] * 3 * d + d + numTokens(a) * d + (hasClassToken(a.classifier) ? d : 0);
  const block = 4 * (d * d + d) + (d * a.mlpDim + a.mlpDim) + (a.mlpDim * d + d) + 4 * d;
  return embedding + a.depth * block + 2 * d + (d * (a.numClasses ?? 0) + (a.numClasses ?? 0));
}

function vitNamed(name: string, imageSize = 224) {
  const variant = variantNamed(name);
  if (variant.family !== 'vit') throw new Error(`${name} is ${variant.family}`);
  return architectureOf(variant, { imageSize, numClasses: 1000 });
}

// Published for 224 px and 1,000 classes: timm's model table, to 0.01 M; B, L, H also in table 1 of arXiv:2010.11929.
test.each([
  ['ViT-Ti_16', 5.72],
  ['ViT-S_16', 22.05],
  ['ViT-S_32', 22.88],
  ['ViT-B_16', 86.57],
  ['ViT-B_32', 88.22],
  ['ViT-B_8', 86.58],
  ['ViT-L_16', 304.33],
  ['ViT-L_32', 306.54],
  ['ViT-H_14', 632.05],
])('%s has %d million parameters', (name, millions) => {
  expect(countParameters(vitNamed(name)) / 1e6).toBeCloseTo(millions, 2);
});

test('mean pooling has no class token', () => {
  expect(numTokens(vitNamed('ViT-B_32-gap-norep'))).toBe(49);
  expect(numTokens(vitNamed('ViT-B_32'))).toBe(50);
});

test.each(['realsize_ti16', 'realsize_s16', 'realsize_b16', 'realsize_b32', 'realsize_r_ti16', 'realsize_mixer_b16'])(
  'the configuration vit_jax printed for %s',
  (name) => {
    const file = new URL(`../../bench/goldens/models/${name}/case.json`, import.meta.url);
    const { config } = JSON.parse(readFileSync(file, 'utf8')) as {
      config: { model: Record<string, never> & GoldenModel };
    };
    const v = variantNamed(config.model.model_name);
    expect(v.patchSize).toEqual(config.model.patches.size);
    if (v.family === 'mixer') {
      expect([v.width, v.depth, v.tokensMlpDim, v.channelsMlpDim]).toEqual([
        config.model.hidden_dim,
        config.model.num_blocks,
        config.model.tokens_mlp_dim,
        config.model.channels_mlp_dim,
      ]);
      return;
    }
    const t = config.model.transformer;
    expect([v.width, v.depth, v.mlpDim, v.numHeads]).toEqual([
      config.model.hidden_size,
      t.num_layers,
      t.mlp_dim,
      t.num_heads,
    ]);
    expect([v.classifier, v.representationSize]).toEqual([config.model.classifier, config.model.representation_size]);
    expect([v.dropoutRate, v.attentionDropoutRate]).toEqual([t.dropout_rate, t.attention_dropout_rate]);
    expect(v.family).toBe(config.model.resnet ? 'hybrid' : 'vit');
    if (v.family === 'hybrid') expect(v.resnet.numLayers).toEqual(config.model.resnet?.num_layers);
  },
);

interface GoldenModel {
  model_name: string;
  patches: { size: number[] };
  hidden_size: number;
  hidden_dim: number;
  num_blocks: number;
  tokens_mlp_dim: number;
  channels_mlp_dim: number;
  transformer: Record<'num_layers' | 'mlp_dim' | 'num_heads' | 'dropout_rate' | 'attention_dropout_rate', number>;
  classifier: string;
  representation_size: number | null;
  resnet?: { num_layers: number[] };
}

test('names are unique and heads divide the width', () => {
  expect(new Set(VARIANTS.map((v) => v.modelName)).size).toBe(VARIANTS.length);
  expect(new Set(VARIANTS.map((v) => v.configName)).size).toBe(VARIANTS.length);
  for (const v of VARIANTS) if (v.family !== 'mixer') expect(v.width % v.numHeads).toBe(0);
});

test('AugReg names', () => {
  expect(
    VARIANTS.map(augregNameOf)
      .filter((n) => n !== null)
      .sort(),
  ).toEqual(['B_16', 'B_32', 'B_8', 'L_16', 'R26_B_32', 'R26_S_32', 'R50_L_32', 'R_Ti_16', 'S_16', 'S_32', 'Ti_16']);
});

test('an unknown name is answered with the nearest', () => {
  expect(() => variantNamed('ViT-B-16')).toThrow('There is no model "ViT-B-16".');
});
