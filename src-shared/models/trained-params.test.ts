import { describe, expect, test } from 'vitest';
import type { Architecture } from './architecture.ts';
import { paramsOf } from './family-params.ts';
import { frozenModules, layerOf, trainedNames } from './trained-params.ts';

const ENCODER = { width: 8, depth: 3, mlpDim: 12, numHeads: 2, classifier: 'token', numClasses: 5 } as const;
const SIZES = { patchSize: [4, 4], imageSize: [8, 8] } as const;
const MODELS = {
  vit: { ...ENCODER, ...SIZES, family: 'vit', representationSize: 6 },
  hybrid: {
    ...ENCODER,
    family: 'hybrid',
    patchSize: [1, 1],
    imageSize: [32, 32],
    representationSize: null,
    resnet: { numLayers: [1, 1], widthFactor: 0.5 },
  },
  mixer: {
    ...SIZES,
    family: 'mixer',
    width: 8,
    depth: 3,
    tokensMlpDim: 7,
    channelsMlpDim: 12,
    classifier: 'gap',
    representationSize: null,
    numClasses: 5,
  },
  deit: {
    ...ENCODER,
    ...SIZES,
    family: 'deit',
    representationSize: null,
    gelu: 'erf',
    layerNormEpsilon: 1e-6,
    distillation: 'heads',
  },
} satisfies Record<string, Architecture>;

/** The first folder below a block, or what stands outside of blocks, by depth. */
function modulesByLayer(architecture: Architecture): string[][] {
  const layers: Set<string>[] = Array.from({ length: architecture.depth + 2 }, () => new Set());
  for (const name of paramsOf(architecture).keys()) layers[layerOf(name, architecture)]!.add(name.split('/')[0]!);
  return layers.map((layer) => [...layer].sort());
}

test('every parameter has its depth: what makes tokens, the blocks, what comes after', () => {
  const blocks = [['Transformer'], ['Transformer'], ['Transformer']];
  expect(modulesByLayer(MODELS.vit)).toEqual([
    ['Transformer', 'cls', 'embedding'],
    ...blocks,
    ['Transformer', 'head', 'pre_logits'],
  ]);
  expect(modulesByLayer(MODELS.hybrid)).toEqual([
    ['Transformer', 'block1', 'block2', 'cls', 'conv_root', 'embedding', 'gn_root'],
    ...blocks,
    ['Transformer', 'head'],
  ]);
  expect(modulesByLayer(MODELS.mixer)).toEqual([
    ['stem'],
    ['MixerBlock_0'],
    ['MixerBlock_1'],
    ['MixerBlock_2'],
    ['head', 'pre_head_layer_norm'],
  ]);
  expect(modulesByLayer(MODELS.deit)).toEqual([
    ['Transformer', 'cls', 'dist', 'embedding'],
    ...blocks,
    ['Transformer', 'head', 'head_dist'],
  ]);
});

describe.each(Object.entries(MODELS))('%s', (_, architecture) => {
  const all = [...paramsOf(architecture).keys()];
  const named = (train: 'all' | 'blocks' | 'head' | 'probe', train_blocks = 1): string[] =>
    trainedNames(architecture, { train, train_blocks });

  test('all, head and probe', () => {
    expect(named('all')).toEqual(all);
    const heads = all.filter((name) => name.startsWith('head'));
    expect(heads.length).toBe(architecture.family === 'deit' ? 4 : 2);
    expect(named('head')).toEqual(heads);
    expect(named('probe')).toEqual(heads);
    expect(frozenModules(architecture, named('all'))).toEqual([]);
  });

  test('the last blocks take everything after them along', () => {
    const block = /(?:encoderblock|MixerBlock)_(\d)\//;
    const learning = named('blocks', 2);
    expect(new Set(learning.flatMap((name) => block.exec(name)?.[1] ?? []))).toEqual(new Set(['1', '2']));
    const rest = all.filter((name) => !learning.includes(name));
    expect(new Set(rest.flatMap((name) => block.exec(name)?.[1] ?? []))).toEqual(new Set(['0']));
    expect(learning.filter((name) => /norm\/|^head|^pre_logits/.test(name) && !block.test(name)).length).toBe(
      all.filter((name) => /encoder_norm|pre_head|^head|^pre_logits/.test(name)).length,
    );
    // All blocks: only what makes tokens stays.
    expect(all.filter((name) => !named('blocks', 3).includes(name)).every((n) => layerOf(n, architecture) === 0)).toBe(
      true,
    );
  });
});

test('what stays is named by module, a block as a whole', () => {
  const trained = trainedNames(MODELS.vit, { train: 'blocks', train_blocks: 1 });
  expect(frozenModules(MODELS.vit, trained)).toEqual([
    'embedding',
    'cls',
    'Transformer/posembed_input',
    'Transformer/encoderblock_0',
    'Transformer/encoderblock_1',
  ]);
});
