import type { AdaptSet, PretrainName } from '../names.ts';
import { AUGREG_FIGURES } from './augreg-figures.ts';
import { AUGREG_AT_TIMM } from './augreg-timm.ts';
import type { Release } from './release.ts';

const SHOWN = new Set([...AUGREG_FIGURES, ...AUGREG_AT_TIMM].map(({ name }) => name));
/** A fine-tuning's name has its pre-training's in it. */
const SHOWN_PRETRAININGS = new Set([...SHOWN].map((name) => name.split('--')[0]!));

/** Models whose i1k pre-trainings no public file name shows, nor their learning rate. */
const UNSEEN_ON_I1K: ReadonlySet<string> = new Set(['S_32', 'R_Ti_16', 'R26_S_32', 'R50_L_32']);
/** Sets whose token no public file name shows. */
const UNSEEN_SETS: ReadonlySet<string> = new Set(['kitti', 'resisc45']);

type NameEvidence = Release['evidence'];

/**
 * How a pre-training's name is known: shown somewhere in public, following from the published grid with tokens that
 * are shown, or with a token that is inferred.
 * @param text the name as a file name, which the caller has
 */
export function pretrainEvidence(name: PretrainName, text: string): NameEvidence {
  if (SHOWN_PRETRAININGS.has(text)) return 'published';
  return name.ds === 'i21k_30' || (name.ds === 'i1k' && UNSEEN_ON_I1K.has(name.model)) ? 'inferred' : 'grid';
}

/** The same of a fine-tuning on `ds`, whose pre-training's evidence is known. */
export function adaptEvidence(text: string, ds: AdaptSet, ofPretraining: NameEvidence): NameEvidence {
  if (SHOWN.has(text)) return 'published';
  return UNSEEN_SETS.has(ds) || ofPretraining === 'inferred' ? 'inferred' : 'grid';
}
