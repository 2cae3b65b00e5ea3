import { adaptEvidence, pretrainEvidence } from '../../../src-shared/models/collections/augreg-evidence.ts';
import { AUGREG_FIGURES } from '../../../src-shared/models/collections/augreg-figures.ts';
import { AUGREG_AT_TIMM } from '../../../src-shared/models/collections/augreg-timm.ts';
import { COLLECTIONS } from '../../../src-shared/models/collections/release.ts';
import type { Metric } from '../../../src-shared/models/collections/release.ts';
import {
  ADAPT_GRID,
  ADAPT_SETS,
  formatAdaptName,
  formatPretrainName,
  pretrainings,
} from '../../../src-shared/models/names.ts';
import type { AdaptSet, AugregModel, AugregSet, PretrainName } from '../../../src-shared/models/names.ts';
import type { Texts } from './texts.ts';
import { pretrainingText } from './texts.ts';
import type { RowWriter } from './write-rows.ts';

/** The index's `name` of each model, and its family. */
export const AUGREG_TITLES: Readonly<Record<AugregModel, string>> = {
  Ti_16: 'Ti/16',
  S_32: 'S/32',
  S_16: 'S/16',
  B_32: 'B/32',
  B_16: 'B/16',
  L_16: 'L/16',
  R_Ti_16: 'R+Ti/16',
  R26_S_32: 'R26+S/32',
  R50_L_32: 'R50+L/32',
  B_8: 'B/8',
};

const EPOCHS: Readonly<Record<AugregSet, number>> = { i1k: 300, i21k: 300, i21k_30: 30 };

export function familyOfAugreg(title: string): 'vit' | 'hybrid' {
  return title.startsWith('R') ? 'hybrid' : 'vit';
}

/** A published figure of a column of the index; timm's validations and the like are figures of their own. */
const FIGURES: ReadonlyMap<string, ReadonlyMap<Metric, number>> = new Map(
  AUGREG_FIGURES.map(({ name, figures }) => [name, new Map(figures.map(({ metric, value }) => [metric, value]))]),
);
const TIMM_NAMES: ReadonlyMap<string, string> = new Map(
  AUGREG_AT_TIMM.map(({ name, mirror }) => [name, mirror.address]),
);

interface Adaptation {
  readonly ds: AdaptSet;
  readonly steps: number;
  readonly lr: number;
  readonly resolution: number;
  /** What its file name has behind the pre-training's and "--". */
  readonly suffix: string;
}

/** Writes every name of the grid, 758 pre-trainings and 51,476 fine-tunings, with the figures that are published. */
export function seedAugreg({ rows, texts }: { rows: RowWriter; texts: Texts }): void {
  const grid = adaptationsOfOne();
  for (const pretrain of pretrainings()) {
    const name = formatPretrainName(pretrain);
    const evidence = pretrainEvidence(pretrain, name);
    const id = rows.pretraining({
      name,
      collection: 'augreg',
      ...columnsOf(pretrain),
      evidence,
      text: texts.idOf(pretrainingText(name, AUGREG_TITLES[pretrain.model], COLLECTIONS.augreg.title)),
    });
    for (const { ds, steps, lr, resolution, suffix } of grid) {
      if (pretrain.model === 'B_8' && resolution === 384) continue;
      const adaptName = `${name}--${suffix}`;
      const figures = FIGURES.get(adaptName);
      const timm = TIMM_NAMES.get(adaptName);
      rows.checkpoint({
        name: adaptName,
        pretraining: id,
        kind: 'finetuned',
        adaptDs: ds,
        adaptLr: lr,
        adaptSteps: steps,
        resolution,
        adaptFinalVal: figures?.get('adaptFinalVal') ?? null,
        adaptFinalTest: figures?.get('adaptFinalTest') ?? null,
        params: null,
        imagesPerSecond: figures?.get('imagesPerSecond') ?? null,
        sizeMiB: figures?.get('sizeMiB') ?? null,
        numClasses: null,
        evidence: adaptEvidence(adaptName, ds, evidence),
        text: texts.idOf(suffix),
        ownText: timm === undefined ? null : texts.idOf(timm),
      });
    }
  }
}

function columnsOf(pretrain: PretrainName) {
  const title = AUGREG_TITLES[pretrain.model];
  const figures = FIGURES.get(formatPretrainName(pretrain));
  return {
    family: familyOfAugreg(title),
    model: title,
    ds: pretrain.ds,
    epochs: EPOCHS[pretrain.ds],
    lr: pretrain.lr,
    aug: pretrain.aug,
    wd: pretrain.wd,
    do: pretrain.do,
    sd: pretrain.sd,
    bestVal: null,
    finalVal: figures?.get('finalVal') ?? null,
    finalTest: null,
    sizeMiB: figures?.get('sizeMiB') ?? null,
  };
}

/** The 68 fine-tunings of one pre-training, 34 a resolution. */
function adaptationsOfOne(): Adaptation[] {
  const [pretrain] = pretrainings();
  const of = (ds: AdaptSet, steps: number, lr: number) =>
    [224, 384].map((resolution) => ({
      ds,
      steps,
      lr,
      resolution,
      suffix: formatAdaptName({ pretrain: pretrain!, ds, steps, lr, resolution }).split('--')[1]!,
    }));
  return ADAPT_SETS.flatMap((ds) =>
    ADAPT_GRID[ds].steps.flatMap((steps) => ADAPT_GRID[ds].lrs.flatMap((lr) => of(ds, steps, lr))),
  );
}
