import { parseAdaptName, parsePretrainName } from '../../../src-shared/models/names.ts';
import type { AdaptName, PretrainName } from '../../../src-shared/models/names.ts';
import type { IndexRow } from './index-columns.ts';
import { AUGREG_TITLES } from './seed-augreg.ts';

/** Says what is odd about rows of an index, given in their order; null where nothing is. */
export function strangenessTest(): (row: IndexRow) => string | null {
  const pretrains = new Map<string, { parsed: PretrainName | null; first: IndexRow }>();
  const suffixes = new Map<string, AdaptName | null>();
  return (row) => {
    let known = pretrains.get(row.filename);
    if (!known) pretrains.set(row.filename, (known = { parsed: parsePretrainName(row.filename), first: row }));
    const { parsed, first } = known;
    if (!parsed) return 'filename is not spelled as the grid has it';
    if (!row.adapt_filename.startsWith(`${row.filename}--`)) return 'adapt_filename is not of this filename';
    const suffix = row.adapt_filename.slice(row.filename.length);
    let name = suffixes.get(suffix);
    if (name === undefined) suffixes.set(suffix, (name = parseAdaptName(row.adapt_filename)));
    if (
      name?.ds !== row.adapt_ds ||
      name.steps !== row.adapt_steps ||
      name.lr !== row.adapt_lr ||
      name.resolution !== row.adapt_resolution
    )
      return 'adapt_filename and its columns are not as the grid has them';
    if (
      AUGREG_TITLES[parsed.model] !== row.name ||
      parsed.ds !== row.ds ||
      parsed.aug !== row.aug ||
      parsed.lr !== row.lr ||
      parsed.wd !== row.wd ||
      parsed.do !== row.do ||
      parsed.sd !== row.sd
    )
      return 'columns contradict filename';
    if (
      first.epochs !== row.epochs ||
      first.best_val !== row.best_val ||
      first.final_val !== row.final_val ||
      first.final_test !== row.final_test
    )
      return 'its pre-training has other figures in an earlier row';
    return outOfRange(row);
  };
}

const SHARES = ['best_val', 'final_val', 'final_test', 'adapt_final_val', 'adapt_final_test'] as const;

function outOfRange(row: IndexRow): string | null {
  const share = SHARES.find((column) => row[column] !== null && (row[column] < 0 || row[column] > 1));
  if (share) return `${share} is no share of 1`;
  const count = (['params', 'infer_samples_per_sec'] as const).find((c) => row[c] !== null && row[c] <= 0);
  return count ? `${count} is not positive` : null;
}
