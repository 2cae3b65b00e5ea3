import type { Database } from '../../database/open.ts';

/** A pre-training of AugReg and what it reached on its own validation images. */
export interface RankedPretraining {
  readonly name: string;
  readonly model: string;
  readonly finalVal: number;
  /** Pre-trainings it was chosen from, those without a figure left out. */
  readonly of: number;
}

export interface RankedFinetune {
  readonly name: string;
  readonly resolution: number | null;
  readonly adaptFinalVal: number | null;
  readonly adaptFinalTest: number | null;
  readonly imagesPerSecond: number | null;
}

/** vit_jax's rules of choice, on the figures that are known. Of equal ones the last by name, as a sort's last row is. */
export interface Best {
  /** Highest final_val of each model, by model; `ds` null: of any set. */
  pretrainings(ds: string | null): Map<string, RankedPretraining>;
  /** Fine-tunings of a pre-training on a set, worst adapt_final_val first; those without one are left out. */
  finetunes(pretraining: string, adaptDs: string): RankedFinetune[];
}

export function openBest(database: Database): Best {
  const pretrainings = database.prepare(
    `SELECT name, model, final_val AS finalVal FROM catalog_pretraining
     WHERE collection = 'augreg' AND final_val IS NOT NULL AND (@ds IS NULL OR ds = @ds) ORDER BY final_val, name`,
  );
  const finetunes = database.prepare(
    `SELECT c.name, adapt_resolution AS resolution, adapt_final_val AS adaptFinalVal,
       adapt_final_test AS adaptFinalTest, infer_samples_per_sec AS imagesPerSecond
     FROM catalog_checkpoint c JOIN catalog_pretraining p ON p.id = c.pretraining
     WHERE p.name = ? AND adapt_ds = ? AND adapt_final_val IS NOT NULL ORDER BY adapt_final_val, c.name`,
  );
  return {
    pretrainings(ds) {
      const best = new Map<string, RankedPretraining>();
      for (const row of pretrainings.all({ ds }) as Omit<RankedPretraining, 'of'>[]) {
        best.set(row.model, { ...row, of: (best.get(row.model)?.of ?? 0) + 1 });
      }
      return best;
    },
    finetunes: (pretraining, adaptDs) => finetunes.all(pretraining, adaptDs) as RankedFinetune[],
  };
}
