import * as tf from '@tensorflow/tfjs-core';
import type { HybridArchitecture } from '../../src-shared/models/architecture.ts';
import type { ParamTensors } from '../layers/dense.ts';
import { groupNorm } from '../layers/group-norm.ts';
import { stdConv } from '../layers/std-conv.ts';
import { tapOf, type ForwardOptions } from './forward-options.ts';
import { transformer } from './vit.ts';

/**
 * A Vision Transformer over a ResNet's features (arXiv:2010.11929, "Hybrid Architecture"; vit_jax/models_vit.py and
 * models_resnet.py): root, max-pool, stages of bottleneck units, then the transformer on patches of the feature map.
 * Intermediates: conv_root (before its GroupNorm), resnet_block{i}, then those of `vit`.
 * @param images [B, H, W, 3] in [-1, 1].
 * @returns logits [B, C].
 */
export function hybrid(
  params: ParamTensors,
  images: tf.Tensor4D,
  options: ForwardOptions & { architecture: HybridArchitecture },
): tf.Tensor {
  const tap = tapOf(options);
  let x = tap('conv_root', stdConv(params, 'conv_root', { x: images, stride: 2 })); // [B, H/2, W/2, 64·widthFactor]
  x = tf.relu(groupNorm(params, 'gn_root', x));
  x = tf.maxPool(x, 3, 2, 'same'); // [B, H/4, W/4, 64·widthFactor]
  options.architecture.resnet.numLayers.forEach((units, stage) => {
    for (let unit = 1; unit <= units; unit++) {
      const stride = stage > 0 && unit === 1 ? 2 : 1;
      x = bottleneck(params, `block${stage + 1}/unit${unit}`, { x, stride });
    }
    tap(`resnet_block${stage + 1}`, x);
  });
  return transformer(params, x, options);
}

/** A bottleneck unit: 1×1, 3×3 (with the stride), 1×1 to four times the width, added to its input or a projection of it. */
function bottleneck(
  params: ParamTensors,
  path: string,
  { x, stride }: { x: tf.Tensor4D; stride: number },
): tf.Tensor4D {
  const projected = `${path}/conv_proj/kernel` in params;
  const shortcut = projected
    ? groupNorm(params, `${path}/gn_proj`, stdConv(params, `${path}/conv_proj`, { x, stride }))
    : x;
  let y = tf.relu(groupNorm(params, `${path}/gn1`, stdConv(params, `${path}/conv1`, { x, stride: 1 })));
  y = tf.relu(groupNorm(params, `${path}/gn2`, stdConv(params, `${path}/conv2`, { x: y, stride })));
  y = groupNorm(params, `${path}/gn3`, stdConv(params, `${path}/conv3`, { x: y, stride: 1 }));
  return tf.relu(tf.add(shortcut, y));
}
