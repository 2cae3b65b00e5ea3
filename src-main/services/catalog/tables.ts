import type { BestOfModel, Figure3, Table3 } from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint, CatalogPretraining } from '../../../src-shared/contract/catalog-rows.ts';
import { PUBLISHED } from '../../../src-shared/models/published.ts';
import type { Database } from '../../database/open.ts';
import type { Best } from './best.ts';

export interface Tabled {
  readonly database: Database;
  readonly best: Best;
  readonly imported: boolean;
  readonly row: (name: string) => CatalogCheckpoint | null;
  readonly pretraining: (name: string) => CatalogPretraining | null;
}

/** Of the paper (arXiv:2106.10270), table 3, in its order; B/8 came later. */
const PAPER_MODELS = ['R+Ti/16', 'Ti/16', 'R26+S/32', 'S/32', 'S/16', 'B/32', 'B/16', 'R50+L/32', 'L/16'];

const COLUMNS: Table3['columns'] = [
  { id: 'i1k_up', title: 'ImageNet-1k, as pre-trained' },
  { id: 'i1k_300', title: 'ImageNet-1k, 300 epochs, fine-tuned' },
  { id: 'i21k_30', title: 'ImageNet-21k, 30 epochs, fine-tuned' },
  { id: 'i21k_300', title: 'ImageNet-21k, 300 epochs, fine-tuned' },
];
const SETS = { i1k_300: 'i1k', i21k_30: 'i21k_30', i21k_300: 'i21k' } as const;

type Cell = Table3['rows'][number]['cells'][number];
const UNKNOWN: Cell = { value: null, name: null };

/**
 * ImageNet top-1 of each model's best pre-training (by final_val), before and after fine-tuning (by adapt_final_val).
 * The bundled catalog has its last column alone.
 */
export function table3({ best, imported, pretraining }: Tabled): Table3 {
  const published = new Map(
    PUBLISHED.map(({ name, adaptFilename, top1 }): [string, Cell] => [name, { value: top1, name: adaptFilename }]),
  );
  const ofSet = new Map(Object.values(SETS).map((ds) => [ds, best.pretrainings(ds)]));
  const cell = (model: string, id: Table3['columns'][number]['id']): Cell => {
    if (!imported) return id === 'i21k_300' ? (published.get(model) ?? UNKNOWN) : UNKNOWN;
    if (id === 'i1k_up') {
      const name = ofSet.get('i1k')?.get(model)?.name;
      return name === undefined ? UNKNOWN : { name, value: pretraining(name)?.finalTest ?? null };
    }
    const upstream = ofSet.get(SETS[id])?.get(model);
    const finetune = upstream && best.finetunes(upstream.name, 'imagenet2012').at(-1);
    return finetune ? { name: finetune.name, value: finetune.adaptFinalTest } : UNKNOWN;
  };
  const rows = PAPER_MODELS.map((model) => ({ model, cells: COLUMNS.map(({ id }) => cell(model, id)) }));
  const cells = rows.flatMap((row) => row.cells);
  return {
    basis: imported ? 'rule' : 'published',
    columns: COLUMNS,
    rows,
    known: cells.filter(({ value }) => value !== null).length,
    of: cells.length,
  };
}

interface Candidate {
  readonly name: string;
  readonly model: string;
  readonly resolution: number;
  readonly accuracy: number | null;
  readonly imagesPerSecond: number | null;
}

/** Accuracy after fine-tuning against speed: a point for each model and resolution, by the same rule of choice. */
export function figure3(tabled: Tabled, { adaptDs, ds }: { adaptDs: string; ds: string }): Figure3 {
  const pairs = tabled.database
    .prepare(
      `SELECT DISTINCT p.model, c.adapt_resolution FROM catalog_checkpoint c
       JOIN catalog_pretraining p ON p.id = c.pretraining
       WHERE p.collection = 'augreg' AND p.ds = ? AND c.adapt_ds = ? AND c.adapt_resolution IS NOT NULL`,
    )
    .raw()
    .all(ds, adaptDs) as [string, number][];
  const candidates = tabled.imported ? chosen(tabled, { adaptDs, ds }) : published(tabled, { adaptDs, ds });
  const known = candidates.filter(
    (c): c is Candidate & { accuracy: number; imagesPerSecond: number } =>
      c.accuracy !== null && c.imagesPerSecond !== null,
  );
  return {
    basis: tabled.imported ? 'rule' : 'published',
    adaptDs,
    ds,
    points: withPareto(known),
    known: known.length,
    of: pairs.length,
  };
}

function chosen({ best }: Tabled, { adaptDs, ds }: { adaptDs: string; ds: string }): Candidate[] {
  return [...best.pretrainings(ds)].flatMap(([model, { name }]) => {
    // Worst first: the last of each resolution is its best.
    const ofResolution = new Map<number, Candidate>();
    for (const finetune of best.finetunes(name, adaptDs)) {
      const { resolution, adaptFinalTest: accuracy, imagesPerSecond } = finetune;
      if (resolution === null) continue;
      ofResolution.set(resolution, { name: finetune.name, model, resolution, accuracy, imagesPerSecond });
    }
    return [...ofResolution.values()];
  });
}

function published({ row }: Tabled, { adaptDs, ds }: { adaptDs: string; ds: string }): Candidate[] {
  if (adaptDs !== 'imagenet2012' || ds !== 'i21k') return [];
  return PUBLISHED.flatMap(({ adaptFilename }) => {
    const found = row(adaptFilename);
    if (!found || found.resolution === null) return [];
    const { name, model, resolution, adaptFinalTest: accuracy, imagesPerSecond } = found;
    return [{ name, model, resolution, accuracy, imagesPerSecond }];
  });
}

/** Fastest first; on the front is what no faster or equally fast point is at least as accurate as. */
export function withPareto<P extends { accuracy: number; imagesPerSecond: number }>(
  points: readonly P[],
): (P & { pareto: boolean })[] {
  let best = Number.NEGATIVE_INFINITY;
  return [...points]
    .sort((a, b) => b.imagesPerSecond - a.imagesPerSecond || b.accuracy - a.accuracy)
    .map((point) => {
      const pareto = point.accuracy > best;
      if (pareto) best = point.accuracy;
      return { ...point, pareto };
    });
}

/** Of each AugReg model: the pre-training with the highest final_val, the fine-tuning with the best known figure. */
export function bestPerModel(
  { database, best, row, pretraining }: Tabled,
  { adaptDs, ds }: { adaptDs: string; ds: string | null },
): BestOfModel[] {
  const finetunes = database
    .prepare(
      `SELECT p.model, c.name, adapt_final_val AS val, adapt_final_test AS test FROM catalog_checkpoint c
       JOIN catalog_pretraining p ON p.id = c.pretraining
       WHERE p.collection = 'augreg' AND c.adapt_ds = @adaptDs AND (@ds IS NULL OR p.ds = @ds) ORDER BY p.model, c.name`,
    )
    .all({ adaptDs, ds }) as { model: string; name: string; val: number | null; test: number | null }[];
  const upstream = best.pretrainings(ds);
  return [...Map.groupBy(finetunes, ({ model }) => model)].map(([model, all]) => {
    // Validation figures choose; only where there are none (the published ten) the test figure has to.
    const key = all.some(({ val }) => val !== null) ? 'val' : 'test';
    const known = all.filter((finetune) => finetune[key] !== null);
    const top = known.reduce<(typeof all)[number] | undefined>(
      (a, b) => (a === undefined || b[key]! >= a[key]! ? b : a),
      undefined,
    );
    const chosenUpstream = upstream.get(model);
    return {
      model,
      pretraining: chosenUpstream ? pretraining(chosenUpstream.name) : null,
      checkpoint: top ? row(top.name) : null,
      known: known.length,
      of: all.length,
    };
  });
}
