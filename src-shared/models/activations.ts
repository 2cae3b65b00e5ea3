import {
  gridOf,
  numTokens,
  type Architecture,
  type HybridArchitecture,
  type MixerArchitecture,
  type TransformerArchitecture,
} from './architecture.ts';
import { BOTTLENECK_EXPANSION, rootWidth } from './hybrid-params.ts';
import { learningBlocks, type TrainingStep } from './training-step.ts';

/** Numbers that one image's step holds at its fullest. */
export interface ActivationElements {
  /** Kept for the backward pass, float32 in either precision; none in prediction. */
  kept: number;
  /** Kept only as factors of products: bfloat16 where those are. */
  factors: number;
  /** Kept for other gradients and as factors both: rounded copies beside, where products are bfloat16. */
  both: number;
  /** In passing: what a block has in hand. */
  passing: number;
}

type Kept = Omit<ActivationElements, 'passing'>;
const NOTHING: Kept = { kept: 0, factors: 0, both: 0 };

type StepKind = Pick<TrainingStep, 'train' | 'trainBlocks' | 'recompute' | 'dropout'>;

/** What a part of a model is made of. */
interface Parts {
  depth: number;
  /** What one block keeps for its gradient, without what its dropout keeps. */
  block: Kept;
  /** Of a block's input and output, [N, D]. */
  tokens: number;
  /** Masks of a block's dropout, and what they were applied to where that is kept too. */
  masks: { hidden: number; attention: number };
  passing: { train: number; predict: number };
}

/**
 * Counts the intermediates of one image as our layers make them (src-worker/layers, src-worker/models).
 * For a step of training, those that the gradients ask for: of a normalisation its result before and after the scale,
 * of attention queries, keys, values, weights and the mixed values, of a GELU its input, tanh and result, and the sums.
 * Gradients end below the last block that learns, so what lies under it is in passing only. Where blocks are computed
 * again, the input of each is kept, and the inside of one.
 * @param step how it trains; null: it predicts
 */
export function activationElements(architecture: Architecture, step: StepKind | null): ActivationElements {
  if (architecture.family === 'mixer') return elementsOf(mixerParts(architecture), step);
  const encoder = elementsOf(transformerParts(architecture), step);
  if (architecture.family !== 'hybrid') return encoder;
  const resnet = resnetElements(architecture);
  // The ResNet is done before the encoder begins: of what is in passing, only the larger is there at a time.
  const passing = Math.max(encoder.passing, resnet.passing);
  const learns = step?.train === 'all';
  return { ...sum(encoder, learns ? resnet : NOTHING), passing };
}

function elementsOf({ depth, block, tokens, masks, passing }: Parts, step: StepKind | null): ActivationElements {
  if (!step) return { ...NOTHING, passing: passing.predict };
  const blocks = learningBlocks({ depth }, step);
  const drawn = (step.dropout.hidden ? masks.hidden : 0) + (step.dropout.attention ? masks.attention : 0);
  const whole = { ...block, kept: block.kept + drawn };
  const again = step.recompute && blocks > 0;
  const kept = again ? sum(whole, { ...NOTHING, kept: blocks * tokens }) : times(blocks, whole);
  // Blocks that stay as they are compute as in prediction.
  return { ...kept, passing: blocks < depth ? Math.max(passing.train, passing.predict) : passing.train };
}

function transformerParts(a: TransformerArchitecture): Parts {
  const N = numTokens(a);
  const tokens = N * a.width; // [N, D]
  const hidden = N * a.mlpDim; // [N, mlpDim]
  const attention = a.numHeads * N * N; // [H, N, N]
  return {
    depth: a.depth,
    tokens,
    block: {
      // The exact GELU keeps two more than tanh's input, tanh and result.
      kept: 5 * tokens + (a.gelu === 'erf' ? 4 : 2) * hidden,
      // Of both LayerNorms the results, queries, keys, values, the mixed values; the GELU's result.
      factors: 6 * tokens + hidden,
      both: attention,
    },
    masks: { hidden: 2 * tokens + hidden, attention: 2 * attention },
    passing: { train: 2 * tokens + hidden + attention, predict: 6 * tokens + 2 * hidden + attention },
  };
}

function mixerParts(a: MixerArchitecture): Parts {
  const [gridH, gridW] = gridOf(a);
  const N = gridH * gridW;
  const tokens = N * a.width; // [N, D]
  const across = a.width * a.tokensMlpDim; // [D, tokensMlpDim]
  const along = N * a.channelsMlpDim; // [N, channelsMlpDim]
  const widest = Math.max(across, along);
  return {
    depth: a.depth,
    tokens,
    block: { kept: 6 * tokens + 2 * (across + along), factors: 2 * tokens + across + along, both: 0 },
    masks: { hidden: 0, attention: 0 }, // it has no dropout
    passing: { train: 2 * tokens + widest, predict: 6 * tokens + 2 * widest },
  };
}

/** A convolution keeps its input, a GroupNorm its result before and after the scale, a ReLU is free. */
function resnetElements(a: HybridArchitecture): ActivationElements {
  const half = ([h, w]: readonly [number, number]): [number, number] => [Math.ceil(h / 2), Math.ceil(w / 2)];
  const area = ([h, w]: readonly [number, number]): number => h * w;
  const root = rootWidth(a);
  let size = half(a.imageSize);
  let total = 3 * area(size) * root;
  let widest = total;
  size = half(size); // max-pool
  a.resnet.numLayers.forEach((units, stage) => {
    const width = root * 2 ** stage;
    const out = width * BOTTLENECK_EXPANSION;
    for (let unit = 1; unit <= units; unit++) {
      const before = size;
      if (unit === 1 && stage > 0) size = half(size);
      const narrow = 3 * (area(before) + area(size)) * width;
      const wide = (unit === 1 ? 6 : 3) * area(size) * out; // the first has a projection beside it
      total += narrow + wide;
      widest = Math.max(widest, narrow + wide);
    }
  });
  return { kept: (2 / 3) * total, factors: total / 3, both: 0, passing: widest };
}

function sum(a: Kept, b: Kept): Kept {
  return { kept: a.kept + b.kept, factors: a.factors + b.factors, both: a.both + b.both };
}

function times(n: number, { kept, factors, both }: Kept): Kept {
  return { kept: n * kept, factors: n * factors, both: n * both };
}
