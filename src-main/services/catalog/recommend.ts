import type { CatalogPick, Recommendation } from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { countParams } from '../../../src-shared/models/family-params.ts';
import { PUBLISHED } from '../../../src-shared/models/published.ts';
import { architectureOf, augregNameOf, VARIANTS } from '../../../src-shared/models/variants.ts';
import type { Best } from './best.ts';

export interface Recommending {
  readonly best: Best;
  /** Whether an index.csv has been imported. */
  readonly imported: boolean;
  /** A checkpoint by name; null where there is none. */
  readonly row: (name: string) => CatalogCheckpoint | null;
}

export interface RecommendInput {
  readonly model?: string | undefined;
  readonly adaptDs: string;
  readonly maxParams?: number | undefined;
}

/**
 * Which checkpoint to take of each model. On an imported index vit_jax's rule: the pre-training with the highest
 * final_val among ds = i21k, and of its fine-tunings on the target set the one with the highest adapt_final_val. The
 * bundled catalog has no final_val to go by: there it is what vit_jax published as that rule's outcome.
 * @throws AppError not_found for a model that AugReg hasn't
 */
export function recommend(from: Recommending, { model, adaptDs, maxParams }: RecommendInput): Recommendation {
  const all = from.imported ? byRule(from, adaptDs) : asPublished(from, adaptDs);
  const wanted = model === undefined ? all : all.filter((pick) => fileModel(pick.model) === fileModel(model));
  if (wanted.length === 0) {
    throw new AppError('not_found', `No AugReg checkpoint is recommended for "${model ?? 'any model'}".`, {
      hint: `There are: ${all.map((pick) => pick.model).join(', ') || 'none, as no final_val is known'}.`,
      details: { model },
    });
  }
  const picks = wanted.filter((pick) => maxParams === undefined || paramsOf(pick) <= maxParams);
  const accuracy = ({ checkpoint }: CatalogPick): number =>
    (from.imported ? checkpoint?.adaptFinalVal : checkpoint?.adaptFinalTest) ?? -1;
  return {
    basis: from.imported ? 'rule' : 'published',
    source: from.imported
      ? "vit_jax's rule (train.py), on the imported index.csv"
      : 'vit_jax README.md, recommended checkpoints; vit_jax_augreg.ipynb, cell 21',
    picks: picks.sort((a, b) => accuracy(b) - accuracy(a)),
  };
}

function byRule({ best, row }: Recommending, adaptDs: string): CatalogPick[] {
  return [...best.pretrainings('i21k')].map(([model, { name, finalVal, of }]) => {
    const finetunes = best.finetunes(name, adaptDs);
    const chosen = finetunes.at(-1);
    const why = `Highest final_val (${finalVal}) of ${of} pre-trainings of ${model} with ds = i21k`;
    return {
      model,
      pretraining: name,
      finalVal,
      checkpoint: chosen ? row(chosen.name) : null,
      reason: chosen
        ? `${why}; highest adapt_final_val (${chosen.adaptFinalVal}) of its ${finetunes.length} fine-tunings on ${adaptDs}.`
        : `${why}; no adapt_final_val of its fine-tunings on ${adaptDs} is known.`,
    };
  });
}

function asPublished({ best, row }: Recommending, adaptDs: string): CatalogPick[] {
  return PUBLISHED.map(({ name: model, filename, adaptFilename, source }) => {
    const why = `Published as the recommended ${model} (${source})`;
    const pick = { model, pretraining: filename, finalVal: null };
    if (adaptDs === 'imagenet2012') return { ...pick, checkpoint: row(adaptFilename), reason: `${why}.` };
    const finetunes = best.finetunes(filename, adaptDs);
    const chosen = finetunes.at(-1);
    return {
      ...pick,
      checkpoint: chosen ? row(chosen.name) : null,
      reason: chosen
        ? `${why}; highest adapt_final_val (${chosen.adaptFinalVal}) of its ${finetunes.length} published fine-tunings on ${adaptDs}.`
        : `${why}; no figure of its fine-tunings on ${adaptDs} is published.`,
    };
  });
}

/** `R26+S/32` and `R26_S_32` alike. */
function fileModel(model: string): string {
  return model.replace(/[+/]/g, '_');
}

/** The index's count, else that of the architecture with a head of 1,000 classes. Unknown models are beyond any limit. */
function paramsOf({ model, checkpoint }: CatalogPick): number {
  if (checkpoint?.params) return checkpoint.params;
  const variant = VARIANTS.find((candidate) => augregNameOf(candidate) === fileModel(model));
  if (!variant) return Number.POSITIVE_INFINITY;
  return countParams(architectureOf(variant, { imageSize: checkpoint?.resolution ?? 224, numClasses: 1000 }));
}
