import type { CatalogGaps } from '../../../src-shared/contract/catalog.ts';
import { EVIDENCE } from '../../../src-shared/models/collections/release.ts';
import type { Database } from '../../database/open.ts';

/** Counts that vit_jax_augreg.ipynb (cells 13 and 15) shows of the real index. */
const REAL = { pretrainings: 759, checkpoints: 51_509 };

/** Columns of figures, by their field. */
const FIGURES = {
  bestVal: 'p.best_val',
  finalVal: 'p.final_val',
  finalTest: 'p.final_test',
  adaptFinalVal: 'c.adapt_final_val',
  adaptFinalTest: 'c.adapt_final_test',
  params: 'c.params',
  imagesPerSecond: 'c.infer_samples_per_sec',
};

/** What the catalog knows that it doesn't know of AugReg. */
export function gapsOf(database: Database): CatalogGaps {
  const from = `FROM catalog_checkpoint c JOIN catalog_pretraining p ON p.id = c.pretraining
    WHERE p.collection = 'augreg'`;
  const count = (what: string, where = ''): number =>
    database.prepare(`SELECT ${what} ${from} ${where}`).pluck().get() as number;
  const state = database.prepare('SELECT * FROM catalog_state').get() as State;
  const checkpoints = count('count(*)');
  const pretrainings = count('count(DISTINCT p.id)');
  const evidence = EVIDENCE.map((kind) => ({
    evidence: kind,
    checkpoints: count('count(*)', `AND c.evidence = '${kind}'`),
  })).filter((row) => row.checkpoints > 0);
  const figures = Object.entries(FIGURES).map(([field, column]) => ({
    field,
    known: count(`count(${column})`),
    of: checkpoints,
  }));
  const index =
    state.index_sha256 === null
      ? null
      : {
          source: state.index_source!,
          sha256: state.index_sha256,
          rows: state.index_rows!,
          importedAt: state.imported_at!,
        };
  const gaps = index ? ofIndex({ pretrainings, checkpoints }) : ofBundle(count);
  return { index, pretrainings, checkpoints, published: REAL, evidence, figures, gaps };
}

interface State {
  index_source: string | null;
  index_sha256: string | null;
  index_rows: number | null;
  imported_at: string | null;
}

function ofBundle(count: (what: string, where: string) => number): string[] {
  const suspects = count(
    'count(*)',
    "AND c.adapt_ds = 'imagenet2012' AND c.adapt_lr = 0.03 AND c.adapt_resolution = 384",
  );
  const shown = count(
    'count(*)',
    "AND c.adapt_ds = 'imagenet2012' AND c.adapt_lr = 0.03 AND c.adapt_resolution = 384 AND c.evidence = 'published'",
  );
  return [
    'There are three B/8 pre-trainings (vit_jax README.md, 2021-07-29); public sources name two. The third and its 34 fine-tunings are missing here.',
    `One name here has no file: an imagenet2012 fine-tuning with learning rate 0.03 at 384 px (vit_jax_augreg.ipynb, cell 18). Nobody says which of the ${suspects}; ${shown} of them are shown to exist.`,
    'How file names spell kitti, resisc45 and 30 epochs is inferred: no public one shows it.',
    'Figures are here only where somebody published them; an index.csv brings the rest: "vitrine catalog import FILE".',
  ];
}

function ofIndex({ pretrainings, checkpoints }: { pretrainings: number; checkpoints: number }): string[] {
  if (pretrainings === REAL.pretrainings && checkpoints === REAL.checkpoints) return [];
  return [
    `The imported index has ${checkpoints.toLocaleString('en')} rows and ${pretrainings.toLocaleString('en')} pre-trainings; the real one has ${REAL.checkpoints.toLocaleString('en')} and ${REAL.pretrainings}.`,
  ];
}
