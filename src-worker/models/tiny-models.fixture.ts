import type { Architecture, Family } from '../../src-shared/models/architecture.ts';
import { tinyVit } from './tiny-vit.ts';

const CLASSES = 5;
const ENCODER = {
  width: 8,
  depth: 2,
  mlpDim: 12,
  numHeads: 2,
  classifier: 'token',
  representationSize: null,
  numClasses: CLASSES,
} as const;

/** A model of each family, small enough for tests that compile it; the DeiT has both heads. */
export const TINY_MODELS: { readonly [F in Family]: Extract<Architecture, { family: F }> } = {
  vit: tinyVit('token'),
  hybrid: {
    ...ENCODER,
    family: 'hybrid',
    patchSize: [1, 1],
    imageSize: [16, 16],
    resnet: { numLayers: [1], widthFactor: 0.5 },
  },
  mixer: {
    family: 'mixer',
    patchSize: [4, 4],
    imageSize: [8, 8],
    width: 8,
    depth: 2,
    tokensMlpDim: 7,
    channelsMlpDim: 12,
    classifier: 'gap',
    representationSize: null,
    numClasses: CLASSES,
  },
  deit: {
    ...ENCODER,
    family: 'deit',
    patchSize: [4, 4],
    imageSize: [8, 8],
    gelu: 'erf',
    layerNormEpsilon: 1e-6,
    distillation: 'heads',
  },
};
