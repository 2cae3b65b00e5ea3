import type { CatalogDetail } from '../../../src-shared/contract/catalog.ts';
import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import { strings } from './strings.ts';

export interface ColumnFact {
  /** As index.csv heads it. */
  readonly column: string;
  /** What it means, a few words. */
  readonly about: string;
  readonly value: string | null;
  /** Where the value is known from, or why there is none. */
  readonly evidence: string;
}

type Kind = 'pretraining' | 'adaptation' | 'figure';
type Field = keyof CatalogCheckpoint;

/** The 21 columns of AugReg's index.csv, in its order. */
const COLUMNS: readonly (readonly [column: keyof typeof strings.columns.about, field: Field, kind: Kind])[] = [
  ['name', 'model', 'pretraining'],
  ['ds', 'ds', 'pretraining'],
  ['epochs', 'epochs', 'pretraining'],
  ['lr', 'lr', 'pretraining'],
  ['aug', 'aug', 'pretraining'],
  ['wd', 'wd', 'pretraining'],
  ['do', 'do', 'pretraining'],
  ['sd', 'sd', 'pretraining'],
  ['best_val', 'bestVal', 'figure'],
  ['final_val', 'finalVal', 'figure'],
  ['final_test', 'finalTest', 'figure'],
  ['adapt_ds', 'adaptDs', 'adaptation'],
  ['adapt_lr', 'adaptLr', 'adaptation'],
  ['adapt_steps', 'adaptSteps', 'adaptation'],
  ['adapt_resolution', 'resolution', 'adaptation'],
  ['adapt_final_val', 'adaptFinalVal', 'figure'],
  ['adapt_final_test', 'adaptFinalTest', 'figure'],
  ['params', 'params', 'figure'],
  ['infer_samples_per_sec', 'imagesPerSecond', 'figure'],
  ['filename', 'pretraining', 'pretraining'],
  ['adapt_filename', 'name', 'adaptation'],
];

/** Of shares, as percent. */
const SHARES: ReadonlySet<Field> = new Set(['bestVal', 'finalVal', 'finalTest', 'adaptFinalVal', 'adaptFinalTest']);
const UNITS: Partial<Record<Field, string>> = { resolution: 'px', adaptSteps: 'steps', imagesPerSecond: 'img/s' };

/** Every column with its value and where that is known from; an unknown one says why. */
export function columnsOf(detail: CatalogDetail, counted: number | null): ColumnFact[] {
  const { checkpoint, pretraining } = detail;
  const finetuned = checkpoint !== null && checkpoint.kind === 'finetuned';
  const row: Partial<CatalogCheckpoint> = { ...pretraining, pretraining: pretraining.name, ...(checkpoint ?? {}) };
  return COLUMNS.map(([column, field, kind]): ColumnFact => {
    const about = strings.columns.about[column];
    const adapted = kind === 'adaptation' || field === 'adaptFinalVal' || field === 'adaptFinalTest';
    const value = adapted && !finetuned ? null : row[field];
    if (value === null || value === undefined) {
      if (field === 'params' && counted !== null) {
        return { column, about, value: counted.toLocaleString('en'), evidence: strings.columns.counted };
      }
      return {
        column,
        about,
        value: null,
        evidence: adapted && !finetuned ? strings.columns.pretrained : strings.columns.unpublished,
      };
    }
    return { column, about, value: shown(field, value as string | number), evidence: evidenceOf(detail, field, kind) };
  });
}

function shown(field: Field, value: string | number): string {
  if (typeof value === 'string') return value;
  if (SHARES.has(field)) return `${(100 * value).toFixed(2)} %`;
  const unit = UNITS[field];
  const number = field === 'lr' || field === 'adaptLr' || field === 'wd' ? String(value) : value.toLocaleString('en');
  return unit ? `${number} ${unit}` : number;
}

function evidenceOf({ checkpoint, pretraining, figures, collection }: CatalogDetail, field: Field, kind: Kind): string {
  const evidence = (kind === 'pretraining' ? null : checkpoint?.evidence) ?? pretraining.evidence;
  if (kind !== 'figure') return strings.columns.evidence[evidence];
  const source = figures.find(({ metric }) => metric === field)?.source;
  return (
    source ?? (evidence === 'index' ? strings.columns.evidence.index : strings.columns.ofCollection(collection.title))
  );
}
