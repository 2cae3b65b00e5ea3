import { DEIT_VARIANTS } from '../deit-variants.ts';
import type { DeitVariant } from '../deit-variants.ts';
import type { PublishedFigure, Release } from './release.ts';
import { fraction, timmFigures, timmMirror, timmSpeed } from './timm.ts';
import type { TimmResults } from './timm.ts';

// DeiT's releases (arXiv:2012.12877): facebookresearch/deit's model zoo.

const README = 'facebookresearch/deit README_deit.md';

interface Published {
  /** End of the file's name, its hash. */
  readonly hash: string;
  /** % of the README's own evaluation, "Acc@1" and "Acc@5". */
  readonly own: readonly [top1: number, top5: number];
  readonly timm: TimmResults;
}

/** By timm's entry point. */
const ROWS: Readonly<Record<string, Published>> = {
  deit_tiny_patch16_224: { hash: 'a1311bcf', own: [72.202, 91.124], timm: [72.19, 91.1, 80.026, 59.92] },
  deit_small_patch16_224: { hash: 'cd65a155', own: [79.854, 94.968], timm: [79.856, 95.056, 85.672, 68.53] },
  deit_base_patch16_224: { hash: 'b5f2ef4d', own: [81.846, 95.594], timm: [81.98, 95.74, 86.833, 70.97] },
  deit_tiny_distilled_patch16_224: { hash: 'b40b3cf7', own: [74.476, 91.92], timm: [74.538, 91.898, 82.012, 62.76] },
  deit_small_distilled_patch16_224: { hash: '649709d9', own: [81.164, 95.376], timm: [81.204, 95.378, 86.985, 70.51] },
  deit_base_distilled_patch16_224: { hash: 'df68dfff', own: [83.372, 96.482], timm: [83.384, 96.492, 88.212, 72.97] },
  deit_base_patch16_384: { hash: '8de9b5d1', own: [82.89, 96.222], timm: [83.108, 96.376, 87.862, 72.52] },
  deit_base_distilled_patch16_384: { hash: 'd0272ac0', own: [85.224, 97.186], timm: [85.438, 97.332, 89.434, 75.4] },
};

const THOUSAND_EPOCHS = 'Distilled for 1,000 epochs: the 224 px model it was fine-tuned from is not published.';

function release({ timmName, modelName, imageSize, distilled }: DeitVariant): Release {
  const row = ROWS[timmName];
  if (!row) throw new Error(`no published figures for ${timmName}`);
  const name = `deit/${timmName}`;
  const at384 = imageSize === 384;
  const own = (metric: 'top1' | 'top5', percent: number): PublishedFigure => ({
    metric,
    on: 'imagenet2012',
    value: fraction(percent),
    protocol: `its authors' evaluation, ${imageSize} px`,
    source: README,
  });
  const timm = `${timmName}.fb_in1k`;
  return {
    name,
    collection: 'deit',
    family: 'deit',
    model: modelName.replace('_', '/'),
    kind: at384 ? 'finetuned' : 'pretrained',
    pretraining: at384 && !distilled ? 'deit/deit_base_patch16_224' : name,
    ds: 'i1k',
    adaptDs: at384 ? 'imagenet2012' : null,
    resolution: imageSize,
    numClasses: 1000,
    sizeMiB: null,
    evidence: 'published',
    figures: [
      own('top1', row.own[0]),
      own('top5', row.own[1]),
      ...timmFigures(timm, at384 ? 1 : 0.9, row.timm),
      ...timmSpeed(timm),
    ],
    mirrors: [
      timmMirror(timm),
      {
        kind: 'huggingface',
        address: `facebook/${timmName.replaceAll('_', '-')}`,
        readable: true,
        note: 'a conversion',
        source: `Hugging Face, facebook/${timmName.replaceAll('_', '-')}`,
      },
      {
        kind: 'url',
        address: `https://dl.fbaipublicfiles.com/deit/${timmName}-${row.hash}.pth`,
        readable: false,
        note: "a pickle; Vitrine doesn't read it",
        source: README,
      },
    ],
    notes: at384 && distilled ? [THOUSAND_EPOCHS] : [],
    source: README,
  };
}

export const DEIT_RELEASES: readonly Release[] = DEIT_VARIANTS.map(release);
