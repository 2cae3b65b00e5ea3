import {
  ADAPT_GRID,
  ADAPT_SETS,
  formatAdaptName,
  formatPretrainName,
  pretrainings,
} from '../../../src-shared/models/names.ts';
import type { AugregModel, PretrainName } from '../../../src-shared/models/names.ts';
import { randomStream, STREAM } from '../../../src-shared/random.ts';
import { INDEX_COLUMNS } from './index-columns.ts';
import type { IndexColumn } from './index-columns.ts';
import { AUGREG_TITLES } from './seed-augreg.ts';

/**
 * GENERATED index.csv files for tests and the benchmark, of the real one's columns and size: names from the grammar,
 * every figure drawn at random. Nothing in them is a fact.
 */

/** INVENTED: there is a third B/8, and nobody says how it is called. */
export const INVENTED_THIRD_B8: PretrainName = {
  model: 'B_8',
  ds: 'i21k',
  lr: 0.001,
  aug: 'strong1',
  wd: 0.1,
  do: 0,
  sd: 0,
};

/** CHOSEN AT RANDOM: one imagenet2012 row at 384 px and 0.03 has no file, and nobody says of which pre-training. */
export const LEFT_OUT =
  'S_32-i1k-300ep-lr_0.001-aug_light0-wd_0.03-do_0.1-sd_0.1--imagenet2012-steps_20k-lr_0.03-res_384';

export type GeneratedRow = Record<IndexColumn, string | number | null>;

/** Rounded params a model might have; made up but for their order. */
const PARAMS: Readonly<Record<AugregModel, number>> = {
  Ti_16: 5_000_000,
  S_32: 22_000_000,
  S_16: 21_000_000,
  B_32: 88_000_000,
  B_16: 86_000_000,
  L_16: 304_000_000,
  R_Ti_16: 6_000_000,
  R26_S_32: 36_000_000,
  R50_L_32: 329_000_000,
  B_8: 87_000_000,
};

/** All 51,509 rows: the named 51,476 without LEFT_OUT, and 34 of the invented pre-training. */
export function* generatedRows(seed = 0): Generator<GeneratedRow> {
  const random = randomStream(seed, STREAM.order);
  const share = (): number => Math.round(random.float() * 1e6) / 1e6;
  for (const pretrain of [...pretrainings(), INVENTED_THIRD_B8]) {
    const upstream = { best_val: share(), final_val: share(), final_test: share() };
    for (const resolution of pretrain.model === 'B_8' ? [224] : [224, 384])
      for (const ds of ADAPT_SETS)
        for (const steps of ADAPT_GRID[ds].steps)
          for (const lr of ADAPT_GRID[ds].lrs) {
            const adapt_filename = formatAdaptName({ pretrain, ds, steps, lr, resolution });
            if (adapt_filename === LEFT_OUT) continue;
            yield {
              name: AUGREG_TITLES[pretrain.model],
              ds: pretrain.ds,
              epochs: pretrain.ds === 'i21k_30' ? 30 : 300,
              lr: pretrain.lr,
              aug: pretrain.aug,
              wd: pretrain.wd,
              do: pretrain.do,
              sd: pretrain.sd,
              ...upstream,
              adapt_ds: ds,
              adapt_lr: lr,
              adapt_steps: steps,
              adapt_resolution: resolution,
              adapt_final_val: share(),
              adapt_final_test: share(),
              params: PARAMS[pretrain.model] + resolution,
              // As the real one: B/8 has no speed.
              infer_samples_per_sec: pretrain.model === 'B_8' ? null : Math.round(share() * 1e5) / 100 + 1,
              filename: formatPretrainName(pretrain),
              adapt_filename,
            };
          }
  }
}

/** Rows as an index.csv, the way pandas writes one. */
export function asIndexCsv(rows: Iterable<GeneratedRow>): string {
  const lines = [INDEX_COLUMNS.join(',')];
  for (const row of rows) lines.push(INDEX_COLUMNS.map((column) => row[column] ?? '').join(','));
  return `${lines.join('\n')}\n`;
}
