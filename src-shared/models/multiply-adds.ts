import {
  gridOf,
  numTokens,
  type Architecture,
  type HybridArchitecture,
  type MixerArchitecture,
  type TransformerArchitecture,
} from './architecture.ts';
import { BOTTLENECK_EXPANSION, rootWidth } from './hybrid-params.ts';

/**
 * Multiply-adds of a forward pass for one image: the products in matrix products, convolutions (a kernel counts whole
 * at each place, padding included) and attention (queries with keys, weights with values). Left out, as is usual:
 * biases, normalisation, activation functions, softmax, pooling, additions of embeddings and residuals.
 * One multiply-add is two floating-point operations.
 */
export function multiplyAdds(architecture: Architecture): number {
  switch (architecture.family) {
    case 'mixer':
      return mixerMultiplyAdds(architecture);
    case 'hybrid': {
      const { count, channels } = resnetMultiplyAdds(architecture);
      return count + transformerMultiplyAdds(architecture, channels);
    }
    case 'vit':
    case 'deit':
      return transformerMultiplyAdds(architecture, 3);
  }
}

/** Embedding, encoder and head. `channels`: of what is cut into patches. */
function transformerMultiplyAdds(a: TransformerArchitecture, channels: number): number {
  const { width: D, depth, mlpDim, patchSize, representationSize, numClasses, classifier } = a;
  const [gridH, gridW] = gridOf(a);
  const N = numTokens(a);
  const embedding = gridH * gridW * patchSize[0] * patchSize[1] * channels * D;
  // Queries, keys, values and output; Q·Kᵀ and weights·V; the two layers of the MLP.
  const block = N * 4 * D * D + 2 * N * N * D + N * 2 * D * mlpDim;
  const vectors = classifier === 'unpooled' || classifier === 'token_unpooled' ? N : 1;
  const heads = a.family === 'deit' && a.distillation === 'heads' ? 2 : 1;
  const preLogits = D * (representationSize ?? 0);
  const head = (representationSize ?? D) * (numClasses ?? 0);
  return embedding + depth * block + vectors * (preLogits + heads * head);
}

function resnetMultiplyAdds(a: HybridArchitecture): { count: number; channels: number } {
  const half = ([h, w]: readonly [number, number]): [number, number] => [Math.ceil(h / 2), Math.ceil(w / 2)];
  const area = ([h, w]: readonly [number, number]): number => h * w;
  const root = rootWidth(a);
  let size = half(a.imageSize);
  let count = area(size) * 7 * 7 * 3 * root;
  size = half(size); // max-pool
  let channels = root;
  a.resnet.numLayers.forEach((units, stage) => {
    const width = root * 2 ** stage;
    const out = width * BOTTLENECK_EXPANSION;
    for (let unit = 1; unit <= units; unit++) {
      const before = size;
      if (unit === 1 && stage > 0) size = half(size);
      if (unit === 1) count += area(size) * channels * out; // the shortcut's projection
      count += area(before) * channels * width + area(size) * (9 * width * width + width * out);
      channels = out;
    }
  });
  return { count, channels };
}

function mixerMultiplyAdds(a: MixerArchitecture): number {
  const { width: D, depth, patchSize, tokensMlpDim, channelsMlpDim, numClasses } = a;
  const [gridH, gridW] = gridOf(a);
  const N = gridH * gridW;
  const stem = N * patchSize[0] * patchSize[1] * 3 * D;
  const block = D * 2 * N * tokensMlpDim + N * 2 * D * channelsMlpDim;
  return stem + depth * block + D * (numClasses ?? 0);
}
