import * as v from 'valibot';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { checked } from './checked.ts';
import { NotSupportedYet } from './outcome.ts';

const size = v.pipe(v.number(), v.integer(), v.minValue(1));
const pair = v.tuple([size, size]);

const vitSchema = v.object({
  patches: v.object({ size: pair }),
  hidden_size: size,
  transformer: v.object({
    mlp_dim: size,
    num_heads: size,
    num_layers: size,
    dropout_rate: v.optional(v.number(), 0),
    attention_dropout_rate: v.optional(v.number(), 0),
  }),
  classifier: v.optional(v.picklist(['token', 'token_unpooled', 'gap', 'unpooled']), 'token'),
  representation_size: v.optional(v.nullable(size), null),
});

const modelSchema = v.object({
  model: v.record(v.string(), v.unknown()),
  model_type: v.optional(v.string()),
  num_classes: v.optional(v.nullable(v.number()), null),
  image_size: pair,
});

export interface ConfiguredModel {
  architecture: Architecture;
  dropoutRate: number;
  attentionDropoutRate: number;
}

/**
 * The model of a case from vit_jax's configuration (`model`, `num_classes`, `image_size`).
 * @throws NotSupportedYet for another family than ViT; AppError bad_file for a configuration that makes no sense
 */
export function configuredModel(config: unknown, where: string): ConfiguredModel {
  const { model, model_type, num_classes, image_size } = checked(modelSchema, config, where);
  if ('tokens_mlp_dim' in model || model_type === 'Mixer') throw new NotSupportedYet('MLP-Mixer models');
  if (model['resnet'] !== undefined && model['resnet'] !== null)
    throw new NotSupportedYet('hybrids of a ResNet and a ViT');
  if (model_type !== undefined && model_type !== 'ViT') throw new NotSupportedYet(`models of type ${model_type}`);
  const vit = checked(vitSchema, model, `${where}, model`);
  return {
    architecture: {
      family: 'vit',
      patchSize: vit.patches.size,
      imageSize: image_size,
      width: vit.hidden_size,
      depth: vit.transformer.num_layers,
      mlpDim: vit.transformer.mlp_dim,
      numHeads: vit.transformer.num_heads,
      classifier: vit.classifier,
      representationSize: vit.representation_size,
      numClasses: num_classes === 0 ? null : num_classes, // vit_jax has no head for 0 either
    },
    dropoutRate: vit.transformer.dropout_rate,
    attentionDropoutRate: vit.transformer.attention_dropout_rate,
  };
}
