import { AppError } from '../errors.ts';
import type { Architecture } from '../models/architecture.ts';
import type { Variant } from '../models/variants.ts';
import { isMixerConfig } from './run-config.ts';
import type { EncoderModelConfig, MixerModelConfig, RunConfig } from './run-config.ts';

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

/**
 * The ViT that a configuration trains: the checkpoint's architecture with the configuration's resolution, head and
 * classifier. `checkpoint` is what the weights say.
 * @throws AppError config where the two describe different encoders, or the model is a hybrid or a Mixer
 */
export function trainedArchitecture(
  config: Pick<RunConfig, 'model' | 'pp'>,
  options: { checkpoint: Architecture; numClasses: number },
): Architecture {
  const { checkpoint, numClasses } = options;
  const { model } = config;
  if (checkpoint.family === 'mixer' || isMixerConfig(model) || model.resnet) {
    const family = isMixerConfig(model) ? 'a Mixer' : 'a hybrid';
    throw new AppError(
      'config',
      `The configuration's model, ${model.model_name}, is ${family}, and the checkpoint is a ViT.`,
    );
  }
  const { patches, hidden_size, transformer, classifier, representation_size, model_name } = model;
  const differences = (
    [
      ['patches.size', patches.size, [...checkpoint.patchSize]],
      ['hidden_size', hidden_size, checkpoint.width],
      ['transformer.mlp_dim', transformer.mlp_dim, checkpoint.mlpDim],
      ['transformer.num_heads', transformer.num_heads, checkpoint.numHeads],
      ['transformer.num_layers', transformer.num_layers, checkpoint.depth],
    ] as const
  ).filter(([, wanted, found]) => wanted !== null && String(wanted) !== String(found));
  if (differences.length > 0) {
    const list = differences.map(([path, wanted, found]) => `${path} is ${format(found)}, not ${format(wanted)}`);
    throw new AppError('config', `The checkpoint isn't ${model_name ?? 'the configured model'}: ${list.join('; ')}.`, {
      hint: 'Choose the configuration of this checkpoint, or leave --config out: the architecture is read from the file.',
      details: { differences: differences.map(([path, wanted, found]) => ({ field: `model.${path}`, wanted, found })) },
    });
  }
  const { crop } = config.pp;
  const imageSize = crop === null ? checkpoint.imageSize : ([crop, crop] as const);
  if (checkpoint.family === 'deit') {
    if ((classifier ?? 'token') !== 'token' || representation_size !== null) {
      throw new AppError('config', 'A DeiT classifies by its tokens and has no representation layer.', {
        hint: 'Leave model.classifier and model.representation_size out.',
      });
    }
    return { ...checkpoint, imageSize, numClasses };
  }
  return {
    ...checkpoint,
    imageSize,
    classifier: classifier ?? checkpoint.classifier,
    representationSize: representation_size,
    numClasses,
  };
}

function format(value: number | readonly number[] | null): string {
  return Array.isArray(value) ? value.join('×') : String(value);
}
