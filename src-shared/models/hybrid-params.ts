import type { HybridArchitecture } from './architecture.ts';
import type { ParamSpec } from './param-spec.ts';
import { transformerParams } from './vit-params.ts';

/** Width of the root convolution for widthFactor 1. */
export const ROOT_WIDTH = 64;
/** Of GroupNorm: flax's default, which vit_jax keeps. Every width must be a multiple. */
export const GROUPS = 32;
/** A bottleneck's output is this many times its width. */
export const BOTTLENECK_EXPANSION = 4;

export function rootWidth({ resnet }: Pick<HybridArchitecture, 'resnet'>): number {
  return Math.trunc(ROOT_WIDTH * resnet.widthFactor);
}

/**
 * Every parameter of a hybrid by vit_jax's path after loading. Source: vit_jax/models_resnet.py and models_vit.py;
 * GroupNorm parameters are [C] (the published files have [1, 1, 1, C]).
 */
export function hybridParams(architecture: HybridArchitecture): Map<string, ParamSpec> {
  const specs = new Map<string, ParamSpec>();
  const conv = (path: string, size: number, [input, output]: [number, number]): void =>
    void specs.set(`${path}/kernel`, {
      shape: [size, size, input, output],
      init: 'lecun_normal',
      fan: [size * size * input, output],
    });
  const groupNorm = (path: string, channels: number, scale: 'ones' | 'zeros' = 'ones'): void => {
    specs.set(`${path}/scale`, { shape: [channels], init: scale });
    specs.set(`${path}/bias`, { shape: [channels], init: 'zeros' });
  };

  const root = rootWidth(architecture);
  conv('conv_root', 7, [3, root]);
  groupNorm('gn_root', root);
  let channels = root;
  architecture.resnet.numLayers.forEach((units, stage) => {
    const width = root * 2 ** stage;
    const out = width * BOTTLENECK_EXPANSION;
    for (let unit = 1; unit <= units; unit++) {
      const path = `block${stage + 1}/unit${unit}`;
      if (unit === 1 && (channels !== out || stage > 0)) {
        conv(`${path}/conv_proj`, 1, [channels, out]);
        groupNorm(`${path}/gn_proj`, out);
      }
      conv(`${path}/conv1`, 1, [channels, width]);
      groupNorm(`${path}/gn1`, width);
      conv(`${path}/conv2`, 3, [width, width]);
      groupNorm(`${path}/gn2`, width);
      conv(`${path}/conv3`, 1, [width, out]);
      groupNorm(`${path}/gn3`, out, 'zeros');
      channels = out;
    }
  });
  for (const [name, spec] of transformerParams(architecture, channels)) specs.set(name, spec);
  return specs;
}
