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
  resnet: v.optional(v.nullable(v.object({ num_layers: v.array(size), width_factor: v.number() })), null),
});

const mixerSchema = v.object({
  patches: v.object({ size: pair }),
  hidden_dim: size,
  num_blocks: size,
  tokens_mlp_dim: size,
  channels_mlp_dim: size,
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
 * @throws NotSupportedYet for another family than ViT, hybrid and Mixer; AppError bad_file for a configuration that
 *   makes no sense
 */
export function configuredModel(config: unknown, where: string): ConfiguredModel {
  const { model, model_type, num_classes, image_size } = checked(modelSchema, config, where);
  const common = {
    imageSize: image_size,
    numClasses: num_classes === 0 ? null : num_classes, // vit_jax has no head for 0 either
  };
  if ('tokens_mlp_dim' in model || model_type === 'Mixer') {
    const mixer = checked(mixerSchema, model, `${where}, model`);
    const architecture: Architecture = {
      ...common,
      family: 'mixer',
      patchSize: mixer.patches.size,
      width: mixer.hidden_dim,
      depth: mixer.num_blocks,
      tokensMlpDim: mixer.tokens_mlp_dim,
      channelsMlpDim: mixer.channels_mlp_dim,
      classifier: 'gap',
      representationSize: null,
    };
    return { architecture, dropoutRate: 0, attentionDropoutRate: 0 };
  }
  if (model_type !== undefined && model_type !== 'ViT') throw new NotSupportedYet(`models of type ${model_type}`);
  const vit = checked(vitSchema, model, `${where}, model`);
  const encoder = {
    ...common,
    patchSize: vit.patches.size,
    width: vit.hidden_size,
    depth: vit.transformer.num_layers,
    mlpDim: vit.transformer.mlp_dim,
    numHeads: vit.transformer.num_heads,
    classifier: vit.classifier,
    representationSize: vit.representation_size,
  };
  const { resnet } = vit;
  return {
    architecture: resnet
      ? {
          ...encoder,
          family: 'hybrid',
          resnet: { numLayers: resnet.num_layers, widthFactor: resnet.width_factor },
        }
      : { ...encoder, family: 'vit' },
    dropoutRate: vit.transformer.dropout_rate,
    attentionDropoutRate: vit.transformer.attention_dropout_rate,
  };
}
