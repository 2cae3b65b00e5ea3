import type { Architecture, VitArchitecture } from './architecture.ts';

function vit(width: number, px = 224): VitArchitecture {
  return {
    family: 'vit',
    patchSize: [16, 16],
    imageSize: [px, px],
    width,
    depth: 12,
    mlpDim: 4 * width,
    numHeads: width / 64,
    classifier: 'token',
    representationSize: null,
    numClasses: 1000,
  };
}

/** The models whose memory was measured, all with 1,000 classes. */
const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  'Ti/16': vit(192),
  'S/16': vit(384),
  'Ti/16 at 384': vit(192, 384),
  'B/16': vit(768),
  'S/32': { ...vit(384), patchSize: [32, 32] },
  'B/32': { ...vit(768), patchSize: [32, 32] },
  'DeiT-Ti distilled': {
    ...vit(192),
    family: 'deit',
    classifier: 'token',
    representationSize: null,
    gelu: 'erf',
    layerNormEpsilon: 1e-6,
    distillation: 'heads',
  },
  'Mixer 512x8': {
    family: 'mixer',
    patchSize: [16, 16],
    imageSize: [224, 224],
    width: 512,
    depth: 8,
    tokensMlpDim: 256,
    channelsMlpDim: 2048,
    classifier: 'gap',
    representationSize: null,
    numClasses: 1000,
  },
  'R_Ti/16': { ...vit(192), family: 'hybrid', patchSize: [8, 8], resnet: { numLayers: [], widthFactor: 1 } },
  'R26+S/32': { ...vit(384), family: 'hybrid', patchSize: [1, 1], resnet: { numLayers: [2, 2, 2, 2], widthFactor: 1 } },
};

export function variantArchitecture(name: string): Architecture {
  return ARCHITECTURES[name]!;
}
