import type { Variant } from '../models/variants.ts';
import type { EncoderModelConfig, MixerModelConfig } from './run-config.ts';

/** A model whose architecture is read from the checkpoint. No dropout, as in vit_jax's augreg.py. */
export const MODEL_OF_CHECKPOINT: EncoderModelConfig = {
  model_name: null,
  patches: { size: null },
  hidden_size: null,
  transformer: { mlp_dim: null, num_heads: null, num_layers: null, attention_dropout_rate: 0, dropout_rate: 0 },
  classifier: null,
  representation_size: null,
};

/** A variant as vit_jax's configs/models.py writes it. */
export function modelConfigOf(variant: Variant): EncoderModelConfig | MixerModelConfig {
  const [height, width] = variant.patchSize;
  if (variant.family === 'mixer') {
    return {
      model_name: variant.modelName,
      patches: { size: [height, width] },
      hidden_dim: variant.width,
      num_blocks: variant.depth,
      tokens_mlp_dim: variant.tokensMlpDim,
      channels_mlp_dim: variant.channelsMlpDim,
    };
  }
  return {
    model_name: variant.modelName,
    patches: { size: [height, width] },
    hidden_size: variant.width,
    transformer: {
      mlp_dim: variant.mlpDim,
      num_heads: variant.numHeads,
      num_layers: variant.depth,
      attention_dropout_rate: variant.attentionDropoutRate,
      dropout_rate: variant.dropoutRate,
    },
    classifier: variant.classifier,
    representation_size: variant.representationSize,
    ...(variant.family === 'hybrid'
      ? { resnet: { num_layers: [...variant.resnet.numLayers], width_factor: variant.resnet.widthFactor } }
      : {}),
  };
}
