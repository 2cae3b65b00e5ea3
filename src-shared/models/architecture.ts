/** How the encoder's output becomes one vector, in vit_jax's words. */
export type Classifier = 'token' | 'token_unpooled' | 'gap' | 'unpooled';

/**
 * A Vision Transformer's architecture: everything needed to build it, nothing about its weights' values.
 * Source of the fields: vit_jax/models_vit.py (VisionTransformer) with the paper's names (arXiv:2010.11929).
 */
export interface VitArchitecture {
  readonly family: 'vit';
  /** Patch height and width, px. */
  readonly patchSize: readonly [number, number];
  /** Image height and width the position embeddings are made for, px. */
  readonly imageSize: readonly [number, number];
  /** D, the width of a token. */
  readonly width: number;
  /** Number of encoder blocks. */
  readonly depth: number;
  readonly mlpDim: number;
  readonly numHeads: number;
  readonly classifier: Classifier;
  /** Width of the tanh layer before the head, or null without one. */
  readonly representationSize: number | null;
  /** C, or null where the model ends before the head. */
  readonly numClasses: number | null;
}

/** Patches along height and width. */
export function gridOf(arch: Pick<VitArchitecture, 'imageSize' | 'patchSize'>): [number, number] {
  return [Math.floor(arch.imageSize[0] / arch.patchSize[0]), Math.floor(arch.imageSize[1] / arch.patchSize[1])];
}

export function hasClassToken(classifier: Classifier): boolean {
  return classifier === 'token' || classifier === 'token_unpooled';
}

/** N, the number of tokens the encoder sees, class token included. */
export function numTokens(arch: VitArchitecture): number {
  const [gh, gw] = gridOf(arch);
  return gh * gw + (hasClassToken(arch.classifier) ? 1 : 0);
}
