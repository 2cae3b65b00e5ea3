import { join } from 'node:path';
import { PHOTOS } from '../../../src-shared/fingerprint/photos.ts';
import { RESOURCES } from '../../places.ts';

/** What comes with Vitrine: small enough to carry, real enough to try everything on. */
export const SAMPLES = {
  checkpoint: {
    title: 'Digits ViT',
    about: 'A small Vision Transformer, pre-trained by Vitrine on handwritten digits.',
    path: join(RESOURCES, 'demo/digits-vit.npz'),
  },
  dataset: {
    title: 'Handwritten digits',
    about: '1,797 images of 8 × 8 px in ten classes, with a test split.',
    path: join(RESOURCES, 'demo/digits.zip'),
  },
} as const;

/** A photograph by its name, or null. */
export function photoPath(name: string): string | null {
  const photo = PHOTOS.find((one) => one.name === name);
  return photo ? join(RESOURCES, 'photos', photo.file) : null;
}

export const PHOTO_NAMES: readonly string[] = PHOTOS.map(({ name }) => name);
