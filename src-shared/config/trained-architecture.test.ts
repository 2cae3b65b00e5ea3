import { describe, expect, test } from 'vitest';
import { architectureOf, variantNamed } from '../models/variants.ts';
import type { HybridVariant, MixerVariant, VitVariant } from '../models/variants.ts';
import { trainedArchitecture } from './trained-architecture.ts';
import { resolveConfig } from './resolve.ts';

const checkpoint = architectureOf(variantNamed('ViT-Ti_16') as VitVariant, { imageSize: 224, numClasses: 21_843 });

test("the checkpoint's encoder with the configuration's resolution and head", () => {
  const { config } = resolveConfig({ config: 'augreg:Ti_16', overrides: [] });
  expect(trainedArchitecture(config, { checkpoint, numClasses: 10 })).toEqual({
    ...checkpoint,
    imageSize: [384, 384],
    numClasses: 10,
  });
});

test('without --config everything is the checkpoint’s, and its pre_logits are dropped as vit_jax does', () => {
  const { config } = resolveConfig({ overrides: [] });
  const wide = { ...checkpoint, imageSize: [160, 320], representationSize: 768 } as const;
  expect(trainedArchitecture(config, { checkpoint: wide, numClasses: 10 })).toEqual({
    ...wide,
    representationSize: null,
    numClasses: 10,
  });
  const kept = resolveConfig({
    overrides: ['--config.model.representation_size=768', '--config.model.classifier=gap'],
  });
  expect(trainedArchitecture(kept.config, { checkpoint: wide, numClasses: 10 })).toMatchObject({
    representationSize: 768,
    classifier: 'gap',
  });
});

test('another model than the checkpoint’s is an error that lists the differences', () => {
  const { config } = resolveConfig({ config: 'augreg:S_32', overrides: [] });
  expect(() => trainedArchitecture(config, { checkpoint, numClasses: 10 })).toThrow(
    "The checkpoint isn't ViT-S_32: patches.size is 16×16, not 32×32; hidden_size is 192, not 384; " +
      'transformer.mlp_dim is 768, not 1536; transformer.num_heads is 3, not 6.',
  );
  const hybrid = resolveConfig({ config: 'augreg:R_Ti_16', overrides: [] }).config;
  expect(() => trainedArchitecture(hybrid, { checkpoint, numClasses: 10 })).toThrow('is a hybrid');
});

describe('hybrids', () => {
  const root = architectureOf(variantNamed('R+ViT-Ti_16') as HybridVariant, { imageSize: 224, numClasses: 21_843 });
  const r26 = architectureOf(variantNamed('R26+ViT-S_32') as HybridVariant, { imageSize: 224, numClasses: 21_843 });

  test.each([
    ['augreg:R_Ti_16', root],
    ['augreg:R26_S_32', r26],
    [undefined, r26],
  ])('are trained with --config=%s', (name, hybrid) => {
    const { config } = resolveConfig({ ...(name ? { config: name } : {}), overrides: ['--config.pp.crop=288'] });
    expect(trainedArchitecture(config, { checkpoint: hybrid, numClasses: 10 })).toEqual({
      ...hybrid,
      imageSize: [288, 288],
      numClasses: 10,
    });
  });

  test('of another kind are an error that lists the differences', () => {
    const { config } = resolveConfig({ config: 'augreg:R_Ti_16', overrides: [] });
    expect(() => trainedArchitecture(config, { checkpoint: r26, numClasses: 10 })).toThrow(
      "The checkpoint isn't R+ViT-Ti_16: patches.size is 1×1, not 8×8; hidden_size is 384, not 192; " +
        'transformer.mlp_dim is 1536, not 768; transformer.num_heads is 6, not 3; resnet.num_layers is 2×2×2×2, not none.',
    );
    const wide = resolveConfig({ config: 'augreg:R26_S_32', overrides: ['--config.model.resnet.width_factor=2'] });
    expect(() => trainedArchitecture(wide.config, { checkpoint: r26, numClasses: 10 })).toThrow(
      'resnet.width_factor is 1, not 2.',
    );
    // int(64 · 1.001) = 64
    const same = resolveConfig({ config: 'augreg:R26_S_32', overrides: ['--config.model.resnet.width_factor=1.001'] });
    expect(trainedArchitecture(same.config, { checkpoint: r26, numClasses: 10 })).toMatchObject({ resnet: r26.resnet });
  });

  test('and ViTs are told apart', () => {
    const vit = resolveConfig({ config: 'augreg:S_32', overrides: [] }).config;
    expect(() => trainedArchitecture(vit, { checkpoint: r26, numClasses: 10 })).toThrow(
      "The configuration's model, ViT-S_32, is a ViT, and the checkpoint is a hybrid.",
    );
  });
});

describe('MLP-Mixers', () => {
  const mixer = architectureOf(variantNamed('Mixer-B_16') as MixerVariant, { imageSize: 224, numClasses: 1000 });
  const trained = (flags: string[], name?: string) => {
    const { config } = resolveConfig({ ...(name ? { config: name } : {}), overrides: flags });
    return trainedArchitecture(config, { checkpoint: mixer, numClasses: 10 });
  };

  test('are trained with their configuration and without one', () => {
    expect(trained([], 'mixer_base16_cifar10')).toEqual({ ...mixer, numClasses: 10 });
    expect(trained([])).toEqual({ ...mixer, numClasses: 10 });
    expect(trained(['--config.model.classifier=gap'])).toEqual({ ...mixer, numClasses: 10 });
    expect(trained(['--config.pp.crop=220'])).toEqual({ ...mixer, imageSize: [220, 220], numClasses: 10 }); // SAME
  });

  test('keep their grid of patches', () => {
    expect(() => trained(['--config.pp.crop=384'])).toThrow(
      'An MLP-Mixer keeps its grid of patches: the checkpoint has 14×14, and images of 384×384 px have 24×24.',
    );
  });

  test('have no dropout, heads or representation', () => {
    expect(() =>
      trained(['--config.model.transformer.dropout_rate=0.1', '--config.model.representation_size=8']),
    ).toThrow(
      'The checkpoint is an MLP-Mixer, which has no config.model.transformer.dropout_rate, config.model.representation_size.',
    );
    expect(() => trained([], 'augreg:B_16')).toThrow('is a ViT, and the checkpoint is an MLP-Mixer');
    expect(() => trained([], 'vit:mixer_b32,cifar10')).toThrow('patches.size is 16×16, not 32×32');
    const { config } = resolveConfig({ config: 'mixer_base16_cifar10', overrides: [] });
    expect(() => trainedArchitecture(config, { checkpoint, numClasses: 10 })).toThrow(
      'is an MLP-Mixer, and the checkpoint is a ViT',
    );
  });
});
