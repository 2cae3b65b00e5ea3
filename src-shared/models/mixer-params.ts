import { gridOf, type MixerArchitecture } from './architecture.ts';
import type { ParamSpec } from './param-spec.ts';

/** Every parameter of an MLP-Mixer by vit_jax's path. Source: vit_jax/models_mixer.py with flax's defaults. */
export function mixerParams(architecture: MixerArchitecture): Map<string, ParamSpec> {
  const { width: D, depth, tokensMlpDim, channelsMlpDim, patchSize, numClasses } = architecture;
  const [gridH, gridW] = gridOf(architecture);
  const specs = new Map<string, ParamSpec>();
  const linear = (path: string, [input, output]: [number, number]): void => {
    specs.set(`${path}/kernel`, { shape: [input, output], init: 'lecun_normal', fan: [input, output] });
    specs.set(`${path}/bias`, { shape: [output], init: 'zeros' });
  };
  const norm = (path: string): void => {
    specs.set(`${path}/scale`, { shape: [D], init: 'ones' });
    specs.set(`${path}/bias`, { shape: [D], init: 'zeros' });
  };

  specs.set('stem/kernel', {
    shape: [...patchSize, 3, D],
    init: 'lecun_normal',
    fan: [patchSize[0] * patchSize[1] * 3, D],
  });
  specs.set('stem/bias', { shape: [D], init: 'zeros' });
  for (let i = 0; i < depth; i++) {
    const block = `MixerBlock_${i}`;
    norm(`${block}/LayerNorm_0`);
    linear(`${block}/token_mixing/Dense_0`, [gridH * gridW, tokensMlpDim]);
    linear(`${block}/token_mixing/Dense_1`, [tokensMlpDim, gridH * gridW]);
    norm(`${block}/LayerNorm_1`);
    linear(`${block}/channel_mixing/Dense_0`, [D, channelsMlpDim]);
    linear(`${block}/channel_mixing/Dense_1`, [channelsMlpDim, D]);
  }
  norm('pre_head_layer_norm');
  if (numClasses !== null) {
    specs.set('head/kernel', { shape: [D, numClasses], init: 'zeros' });
    specs.set('head/bias', { shape: [numClasses], init: 'zeros' });
  }
  return specs;
}
