import { DEIT_RELEASES } from './deit.ts';
import { LIT_RELEASES } from './lit.ts';
import { MIXER_RELEASES } from './mixer.ts';
import type { Release } from './release.ts';
import { SHARPNESS_AWARE_RELEASES } from './sharpness-aware.ts';
import { VIT_RELEASES } from './vit.ts';

/** Every published file outside AugReg's grid. */
export const RELEASES: readonly Release[] = [
  ...VIT_RELEASES,
  ...SHARPNESS_AWARE_RELEASES,
  ...MIXER_RELEASES,
  ...LIT_RELEASES,
  ...DEIT_RELEASES,
];
