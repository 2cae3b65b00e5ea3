/**
 * The file names of the AugReg checkpoints (arXiv:2106.10270): what the bucket's index calls `filename` (a
 * pre-training) and `adapt_filename` (a fine-tuning of one), without `.npz`.
 *
 *     filename       = MODEL "-" DS "-" EPOCHS "ep-lr_" LR "-aug_" AUG "-wd_" WD "-do_" DO "-sd_" SD
 *     adapt_filename = filename "--" ADAPT_DS "-steps_" floor(STEPS / 1000) "k-lr_" LR "-res_" RESOLUTION
 *
 * Values and counts: vit_jax_augreg.ipynb (cells 13–18). Inferred, as no public file name shows them: the tokens of
 * kitti, resisc45 and of 30 epochs.
 */
export const AUGREG_MODELS = [
  'Ti_16',
  'S_32',
  'S_16',
  'B_32',
  'B_16',
  'L_16',
  'R_Ti_16',
  'R26_S_32',
  'R50_L_32',
  'B_8',
] as const;
export const AUGREG_AUGS = ['none', 'light0', 'light1', 'medium1', 'medium2', 'strong1', 'strong2'] as const;
/** The index's `ds` column: the set, and for i21k_30 the epochs too. */
export const AUGREG_SETS = ['i1k', 'i21k', 'i21k_30'] as const;
export const ADAPT_SETS = ['cifar100', 'imagenet2012', 'kitti', 'oxford_iiit_pet', 'resisc45'] as const;

export type AugregModel = (typeof AUGREG_MODELS)[number];
export type AugregAug = (typeof AUGREG_AUGS)[number];
export type AugregSet = (typeof AUGREG_SETS)[number];
export type AdaptSet = (typeof ADAPT_SETS)[number];

export interface PretrainName {
  readonly model: AugregModel;
  readonly ds: AugregSet;
  readonly lr: number;
  readonly aug: AugregAug;
  /** Weight decay as the file name has it: it multiplies the learning rate. */
  readonly wd: number;
  /** Dropout. */
  readonly do: number;
  /** Stochastic depth; the same as dropout in every published file. */
  readonly sd: number;
}

export interface AdaptName {
  readonly pretrain: PretrainName;
  readonly ds: AdaptSet;
  readonly steps: number;
  readonly lr: number;
  /** px */
  readonly resolution: number;
}

const SET_TOKENS: Record<AugregSet, string> = { i1k: 'i1k-300ep', i21k: 'i21k-300ep', i21k_30: 'i21k-30ep' };

/** What every pre-training was fine-tuned with, at each of 224 and 384 px (B/8: 224 px only). */
export const ADAPT_GRID: Record<AdaptSet, { steps: readonly number[]; lrs: readonly number[] }> = {
  cifar100: { steps: [2500, 10_000], lrs: [0.001, 0.003, 0.01, 0.03] },
  imagenet2012: { steps: [20_000], lrs: [0.01, 0.03] },
  kitti: { steps: [500, 2500], lrs: [0.001, 0.003, 0.01, 0.03] },
  oxford_iiit_pet: { steps: [500, 2500], lrs: [0.001, 0.003, 0.01, 0.03] },
  resisc45: { steps: [2500, 10_000], lrs: [0.001, 0.003, 0.01, 0.03] },
};

export function formatPretrainName(name: PretrainName): string {
  const { model, ds, lr, aug, wd, sd } = name;
  return `${model}-${SET_TOKENS[ds]}-lr_${decimal(lr)}-aug_${aug}-wd_${decimal(wd)}-do_${decimal(name.do)}-sd_${decimal(sd)}`;
}

export function formatAdaptName(name: AdaptName): string {
  const { pretrain, ds, steps, lr, resolution } = name;
  return `${formatPretrainName(pretrain)}--${ds}-steps_${Math.floor(steps / 1000)}k-lr_${decimal(lr)}-res_${resolution}`;
}

/** Python's spelling: a number always has a decimal point. */
function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

const PRETRAIN = /^(\w+)-(i1k-300ep|i21k-300ep|i21k-30ep)-lr_([\d.]+)-aug_(\w+)-wd_([\d.]+)-do_([\d.]+)-sd_([\d.]+)$/;
const ADAPT = /^(.+)--(\w+)-steps_(\d+)k-lr_([\d.]+)-res_(\d+)$/;

/** Reads a pre-training's file name; null where it isn't spelled as AugReg's are. */
export function parsePretrainName(text: string): PretrainName | null {
  const [, model, set, lr, aug, wd, dropout, sd] = PRETRAIN.exec(text) ?? [];
  const ds = AUGREG_SETS.find((s) => SET_TOKENS[s] === set);
  if (!isOneOf(AUGREG_MODELS, model) || !isOneOf(AUGREG_AUGS, aug) || !ds) return null;
  const name: PretrainName = { model, ds, lr: Number(lr), aug, wd: Number(wd), do: Number(dropout), sd: Number(sd) };
  // A number may have been spelled otherwise ("0.10"): such a file doesn't exist.
  return formatPretrainName(name) === text ? name : null;
}

/** Reads a fine-tuning's file name; null where it isn't spelled as AugReg's are. */
export function parseAdaptName(text: string): AdaptName | null {
  const [, head, ds, thousands, lr, resolution] = ADAPT.exec(text) ?? [];
  const pretrain = head === undefined ? null : parsePretrainName(head);
  if (!pretrain || !isOneOf(ADAPT_SETS, ds)) return null;
  const steps = ADAPT_GRID[ds].steps.find((s) => Math.floor(s / 1000) === Number(thousands));
  if (steps === undefined) return null;
  const name: AdaptName = { pretrain, ds, steps, lr: Number(lr), resolution: Number(resolution) };
  return formatAdaptName(name) === text ? name : null;
}

function isOneOf<T extends string>(values: readonly T[], value: string | undefined): value is T {
  return (values as readonly (string | undefined)[]).includes(value);
}

/** The two pre-trainings of B/8 that public sources name; there is a third one that none names. */
const B8_AUGS: readonly AugregAug[] = ['medium1', 'medium2'];

/**
 * Every pre-training whose name can be written down: 9 models × 3 sets × 7 augmentations × 2 weight decays × 2
 * regularizations, and two of B/8: 758. The index lists 759; the third of B/8 is unknown.
 */
export function* pretrainings(): Generator<PretrainName> {
  for (const model of AUGREG_MODELS) {
    if (model === 'B_8') {
      for (const aug of B8_AUGS) yield { model, ds: 'i21k', lr: 0.001, aug, wd: 0.1, do: 0, sd: 0 };
      continue;
    }
    for (const ds of AUGREG_SETS)
      for (const aug of AUGREG_AUGS)
        for (const wd of [0.03, 0.1])
          for (const rate of [0, 0.1]) yield { model, ds, lr: 0.001, aug, wd, do: rate, sd: rate };
  }
}

/**
 * Every fine-tuning whose name can be written down: 756 × 68 + 2 × 34 = 51,476. The index lists 51,509 rows: 34 of the
 * unknown B/8 are missing here, and one name here (an imagenet2012 one at lr 0.03 and 384 px) has no file.
 */
export function* adaptations(): Generator<AdaptName> {
  for (const pretrain of pretrainings())
    for (const resolution of pretrain.model === 'B_8' ? [224] : [224, 384])
      for (const ds of ADAPT_SETS)
        for (const steps of ADAPT_GRID[ds].steps)
          for (const lr of ADAPT_GRID[ds].lrs) yield { pretrain, ds, steps, lr, resolution };
}
