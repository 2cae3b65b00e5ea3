import type { Classifier, VitArchitecture } from '../../src-shared/models/architecture.ts';

/** A Vision Transformer small enough for tests that compile it, with every kind of part. Not square, on purpose. */
export function tinyVit(classifier: Classifier, more: Partial<VitArchitecture> = {}): VitArchitecture {
  return {
    family: 'vit',
    patchSize: [4, 8],
    imageSize: [12, 16],
    width: 8,
    depth: 2,
    mlpDim: 12,
    numHeads: 2,
    classifier,
    representationSize: null,
    numClasses: 5,
    ...more,
  };
}

export const CLASSIFIERS: readonly Classifier[] = ['token', 'token_unpooled', 'gap', 'unpooled'];
