import {
  gridOf,
  numTokens,
  type Architecture,
  type HybridArchitecture,
  type MixerArchitecture,
  type TransformerArchitecture,
} from './architecture.ts';
import { BOTTLENECK_EXPANSION, rootWidth } from './hybrid-params.ts';

/** Numbers that one image's step holds at its fullest. */
export interface ActivationElements {
  /** Kept for the backward pass; none in prediction. */
  kept: number;
  /** In passing: what a block has in hand. */
  passing: number;
}

/**
 * Counts the intermediates of one image as our layers make them (src-worker/layers, src-worker/models).
 * For a step of training, those that the gradients ask for: of a normalisation its result before and after the scale,
 * of attention queries, keys, values, weights and the mixed values, of a GELU its input, tanh and result, and the sums.
 */
export function activationElements(architecture: Architecture, mode: 'train' | 'predict'): ActivationElements {
  switch (architecture.family) {
    case 'mixer':
      return mixerElements(architecture, mode);
    case 'hybrid': {
      const encoder = transformerElements(architecture, mode);
      const resnet = resnetElements(architecture, mode);
      // The ResNet is done before the encoder begins: in prediction only the larger of the two is there at a time.
      return { kept: encoder.kept + resnet.kept, passing: Math.max(encoder.passing, resnet.passing) };
    }
    case 'vit':
    case 'deit':
      return transformerElements(architecture, mode);
  }
}

function transformerElements(a: TransformerArchitecture, mode: 'train' | 'predict'): ActivationElements {
  const N = numTokens(a);
  const tokens = N * a.width; // [N, D]
  const hidden = N * a.mlpDim; // [N, mlpDim]
  const attention = a.numHeads * N * N; // [H, N, N]
  if (mode === 'predict') return { kept: 0, passing: 6 * tokens + 2 * hidden + attention };
  // The exact GELU keeps two more than tanh's input, tanh and result.
  const block = 11 * tokens + (a.gelu === 'erf' ? 5 : 3) * hidden + attention;
  return { kept: a.depth * block, passing: 2 * tokens + hidden + attention };
}

function mixerElements(a: MixerArchitecture, mode: 'train' | 'predict'): ActivationElements {
  const [gridH, gridW] = gridOf(a);
  const N = gridH * gridW;
  const tokens = N * a.width; // [N, D]
  const across = a.width * a.tokensMlpDim; // [D, tokensMlpDim]
  const along = N * a.channelsMlpDim; // [N, channelsMlpDim]
  if (mode === 'predict') return { kept: 0, passing: 6 * tokens + 2 * Math.max(across, along) };
  const block = 8 * tokens + 3 * (across + along);
  return { kept: a.depth * block, passing: 2 * tokens + Math.max(across, along) };
}

/** A convolution keeps its input, a GroupNorm its result before and after the scale, a ReLU is free. */
function resnetElements(a: HybridArchitecture, mode: 'train' | 'predict'): ActivationElements {
  const half = ([h, w]: readonly [number, number]): [number, number] => [Math.ceil(h / 2), Math.ceil(w / 2)];
  const area = ([h, w]: readonly [number, number]): number => h * w;
  const root = rootWidth(a);
  let size = half(a.imageSize);
  let kept = 3 * area(size) * root;
  let widest = 3 * area(size) * root;
  size = half(size); // max-pool
  a.resnet.numLayers.forEach((units, stage) => {
    const width = root * 2 ** stage;
    const out = width * BOTTLENECK_EXPANSION;
    for (let unit = 1; unit <= units; unit++) {
      const before = size;
      if (unit === 1 && stage > 0) size = half(size);
      const narrow = 3 * (area(before) + area(size)) * width;
      const wide = (unit === 1 ? 6 : 3) * area(size) * out; // the first has a projection beside it
      kept += narrow + wide;
      widest = Math.max(widest, narrow + wide);
    }
  });
  return mode === 'predict' ? { kept: 0, passing: widest } : { kept, passing: widest };
}
