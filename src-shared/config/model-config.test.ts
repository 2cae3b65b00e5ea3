import { expect, test } from 'vitest';
import { architectureOf, variantNamed } from '../models/variants.ts';
import type { VitVariant } from '../models/variants.ts';
import { trainedArchitecture } from './model-config.ts';
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
