import { tfHubValidation } from './mixer.ts';
import type { Release } from './release.ts';
import { tfHubMirror } from './tf-hub.ts';
import { timmFigures, timmMirror, timmSpeed } from './timm.ts';
import type { TimmResults } from './timm.ts';

// SAM (arXiv:2106.01548) and GSAM (arXiv:2203.08065): trained on ImageNet from scratch, with 1,000 classes.

const LISTING = 'vit_jax.ipynb, cell 10 (gsutil ls)';

interface Row {
  readonly collection: 'sam' | 'gsam';
  readonly file: string;
  readonly sizeMiB: number | null;
  readonly timm?: readonly [name: string, results: TimmResults];
  /** Part of the TF-Hub copies' handle. */
  readonly tfHub?: string;
  readonly validated?: number;
  readonly evidence?: 'published' | 'inferred';
  readonly source?: string;
}

const GSAM_NAMES = 'google-research/vision_transformer, issue 223 and pull request 215';

const ROWS: readonly Row[] = [
  {
    collection: 'sam',
    file: 'ViT-B_16',
    sizeMiB: 330.3,
    timm: ['vit_base_patch16_224.sam_in1k', [80.246, 94.764, 85.881, 68.37]],
  },
  {
    collection: 'sam',
    file: 'ViT-B_32',
    sizeMiB: 336.61,
    timm: ['vit_base_patch32_224.sam_in1k', [73.704, 91.012, 80.216, 59.98]],
  },
  { collection: 'sam', file: 'ViT-L_16', sizeMiB: 1157 },
  { collection: 'sam', file: 'ViT-L_32', sizeMiB: 1167 },
  { collection: 'sam', file: 'ViT-S_16', sizeMiB: 252.57 },
  { collection: 'sam', file: 'Mixer-B_16', sizeMiB: 228.47, tfHub: 'mixer_b16_sam', validated: 75.58 },
  { collection: 'sam', file: 'Mixer-B_32', sizeMiB: 230.04, tfHub: 'mixer_b32_sam' },
  { collection: 'gsam', file: 'ViT-B_16', sizeMiB: null, source: GSAM_NAMES },
  { collection: 'gsam', file: 'ViT-B_32', sizeMiB: null, evidence: 'inferred', source: GSAM_NAMES },
  { collection: 'gsam', file: 'ViT-S_16', sizeMiB: null, evidence: 'inferred', source: GSAM_NAMES },
  { collection: 'gsam', file: 'ViT-S_32', sizeMiB: null, evidence: 'inferred', source: GSAM_NAMES },
  { collection: 'gsam', file: 'Mixer-B_16', sizeMiB: 228.47 },
  { collection: 'gsam', file: 'Mixer-B_32', sizeMiB: 230.04 },
  { collection: 'gsam', file: 'Mixer-S_16', sizeMiB: 70.71 },
  { collection: 'gsam', file: 'Mixer-S_32', sizeMiB: 72.91 },
  { collection: 'gsam', file: 'Mixer-S_8', sizeMiB: 78.79 },
];

/** In the file's own terms: what vit_jax says of the ViTs of GSAM, and what others found. */
const GSAM_VIT = [
  'Without a class token and without a representation layer: vit_jax has them as ViT-X-gap-norep.',
  "timm's author found poor validation scores and left them out (pytorch-image-models, issue 1302).",
];

function release(row: Row): Release {
  const { collection, file, sizeMiB, timm, tfHub, validated, evidence = 'published', source = LISTING } = row;
  const name = `${collection}/${file}`;
  const isMixer = file.startsWith('Mixer');
  return {
    name,
    collection,
    family: isMixer ? 'mixer' : 'vit',
    model: isMixer ? file.replace('_', '/') : file.replace('ViT-', '').replace('_', '/'),
    kind: 'pretrained',
    pretraining: name,
    ds: 'i1k',
    adaptDs: null,
    resolution: timm ? 224 : null,
    numClasses: 1000,
    sizeMiB,
    evidence,
    figures: [
      ...(timm ? [...timmFigures(timm[0], 0.9, timm[1]), ...timmSpeed(timm[0])] : []),
      ...(validated === undefined ? [] : [tfHubValidation(validated)]),
    ],
    mirrors: [
      ...(timm ? [timmMirror(timm[0])] : []),
      ...(tfHub === undefined ? [] : [tfHubMirror(`${tfHub}_classification`), tfHubMirror(`${tfHub}_fe`)]),
    ],
    notes: collection === 'gsam' && !isMixer ? GSAM_VIT : [],
    source,
  };
}

export const SHARPNESS_AWARE_RELEASES: readonly Release[] = ROWS.map(release);
