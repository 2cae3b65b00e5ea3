import { hasClassToken, numTokens, type TransformerArchitecture, type VitArchitecture } from './architecture.ts';
import type { ParamSpec } from './param-spec.ts';

/**
 * Every parameter of a Vision Transformer by vit_jax's path after loading, with its shape and initialiser.
 * Source: vit_jax/models_vit.py with flax's defaults (kernel lecun_normal, bias zeros).
 */
export function vitParams(architecture: VitArchitecture): Map<string, ParamSpec> {
  return transformerParams(architecture, 3);
}

/**
 * The parameters of the embedding, the encoder and the head.
 * @param channels of what is cut into patches: 3 of an image, or a ResNet's features.
 */
export function transformerParams(architecture: TransformerArchitecture, channels: number): Map<string, ParamSpec> {
  const { width: D, depth, mlpDim, numHeads: H, patchSize, representationSize, numClasses } = architecture;
  const headSize = D / H;
  const specs = new Map<string, ParamSpec>();
  const kernel = (path: string, shape: number[], options: Omit<ParamSpec, 'shape'>): void =>
    void specs.set(path, { shape, ...options });
  const bias = (path: string, shape: number[], init: ParamSpec['init'] = 'zeros'): void =>
    void specs.set(path, { shape, init });
  const norm = (path: string): void => {
    specs.set(`${path}/scale`, { shape: [D], init: 'ones' });
    specs.set(`${path}/bias`, { shape: [D], init: 'zeros' });
  };

  const patchElements = patchSize[0] * patchSize[1] * channels;
  kernel('embedding/kernel', [...patchSize, channels, D], { init: 'lecun_normal', fan: [patchElements, D] });
  bias('embedding/bias', [D]);
  if (hasClassToken(architecture.classifier)) specs.set('cls', { shape: [1, 1, D], init: 'zeros' });
  specs.set('Transformer/posembed_input/pos_embedding', {
    shape: [1, numTokens(architecture), D],
    init: 'normal_0.02',
  });
  for (let i = 0; i < depth; i++) {
    const block = `Transformer/encoderblock_${i}`;
    norm(`${block}/LayerNorm_0`);
    for (const name of ['query', 'key', 'value']) {
      kernel(`${block}/MultiHeadDotProductAttention_0/${name}/kernel`, [D, H, headSize], {
        init: 'xavier_uniform',
        fan: [D, D],
      });
      bias(`${block}/MultiHeadDotProductAttention_0/${name}/bias`, [H, headSize]);
    }
    kernel(`${block}/MultiHeadDotProductAttention_0/out/kernel`, [H, headSize, D], {
      init: 'xavier_uniform',
      fan: [D, D],
    });
    bias(`${block}/MultiHeadDotProductAttention_0/out/bias`, [D]);
    norm(`${block}/LayerNorm_1`);
    kernel(`${block}/MlpBlock_0/Dense_0/kernel`, [D, mlpDim], { init: 'xavier_uniform', fan: [D, mlpDim] });
    bias(`${block}/MlpBlock_0/Dense_0/bias`, [mlpDim], 'normal_1e-6');
    kernel(`${block}/MlpBlock_0/Dense_1/kernel`, [mlpDim, D], { init: 'xavier_uniform', fan: [mlpDim, D] });
    bias(`${block}/MlpBlock_0/Dense_1/bias`, [D], 'normal_1e-6');
  }
  norm('Transformer/encoder_norm');
  const features = representationSize ?? D;
  if (representationSize !== null) {
    kernel('pre_logits/kernel', [D, representationSize], { init: 'lecun_normal', fan: [D, representationSize] });
    bias('pre_logits/bias', [representationSize]);
  }
  if (numClasses !== null) {
    specs.set('head/kernel', { shape: [features, numClasses], init: 'zeros' });
    bias('head/bias', [numClasses]);
  }
  return specs;
}
