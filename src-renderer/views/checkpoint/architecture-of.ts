import type { CatalogDetail } from '../../../src-shared/contract/catalog.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import { DEIT_VARIANTS, deitArchitectureOf } from '../../../src-shared/models/deit-variants.ts';
import { LIT_VARIANTS, litArchitectureOf } from '../../../src-shared/models/lit-variants.ts';
import { architectureOf, VARIANTS } from '../../../src-shared/models/variants.ts';

type Known = Pick<CatalogDetail, 'checkpoint'> & {
  pretraining: Pick<CatalogDetail['pretraining'], 'family' | 'model' | 'ds'>;
};

/** Classes of the sets that AugReg trains on, as its heads have them. */
const CLASSES: Readonly<Record<string, number>> = {
  i1k: 1000,
  i21k: 21_843,
  i21k_30: 21_843,
  imagenet2012: 1000,
  cifar100: 100,
  oxford_iiit_pet: 37,
  kitti: 4,
  resisc45: 45,
};
const RESOLUTION = 224;

/** The model that a name of the catalog stands for; of an image and text model its image tower. Null: not known here. */
export function architectureOfName({ checkpoint, pretraining }: Known): Architecture | null {
  const { family, model, ds } = pretraining;
  const name = checkpoint?.model ?? model;
  const imageSize = checkpoint?.resolution ?? RESOLUTION;
  const numClasses = checkpoint?.numClasses ?? CLASSES[checkpoint?.adaptDs ?? ds ?? ''] ?? null;
  if (family === 'deit') {
    const found = DEIT_VARIANTS.find((one) => one.modelName === name.replace('/', '_') && one.imageSize === imageSize);
    return found ? deitArchitectureOf(found, numClasses) : null;
  }
  if (family === 'lit') {
    const found = LIT_VARIANTS.find(({ modelName }) => modelName === name);
    return found ? litArchitectureOf(found).image : null;
  }
  // The papers' B/16, R50+B/16 and Mixer-B/16 are ViT-B_16, R50+ViT-B_16 and Mixer-B_16.
  const spelled = family === 'mixer' ? name : name.replace(/^(.*\+)?/, '$1ViT-');
  const found = VARIANTS.find(({ modelName }) => modelName === spelled.replace('/', '_'));
  return found ? architectureOf(found, { imageSize, numClasses }) : null;
}
