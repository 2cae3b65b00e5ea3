import { FACETS, NUMBERS, SORTS } from '../../../src-shared/contract/catalog-rows.ts';
import type { CatalogFilter, CatalogSearch, FacetValue } from '../../../src-shared/contract/catalog.ts';
import type { Facet, NumberField } from '../../../src-shared/contract/catalog-rows.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { nearest } from '../../../src-shared/nearest.ts';

/** Facets whose values are numbers. */
const NUMERIC: ReadonlySet<string> = new Set(NUMBERS);
/** The index's spelling of fields that have another here. */
const INDEX_NAMES: Readonly<Record<string, string>> = {
  adapt_resolution: 'resolution',
  infer_samples_per_sec: 'imagesPerSecond',
  size_mib: 'sizeMiB',
  filename: 'pretraining',
};
const FLAGS = ['starred', 'comparing'] as const;
const WHERE_FIELDS: readonly string[] = [...new Set<string>([...FACETS, ...NUMBERS, ...FLAGS, 'tag'])];

/** Reads `--where`: FIELD=VALUE, FIELD>=NUMBER, FIELD<=NUMBER, each several times. @throws AppError usage */
export function readWhere(conditions: readonly string[]): Omit<CatalogFilter, 'text'> {
  const where: Partial<Record<Facet, FacetValue[]>> = {};
  const ranges: Partial<Record<NumberField, { min?: number; max?: number }>> = {};
  const filter: Omit<CatalogFilter, 'text'> = {};
  for (const condition of conditions) {
    const [, name, operator, value] = /^(\w+)\s*(>=|<=|=)(.*)$/s.exec(condition) ?? [];
    if (name === undefined || value === undefined) {
      throw usage(`--where is "${condition}", but must be FIELD=VALUE, FIELD>=NUMBER or FIELD<=NUMBER.`);
    }
    const field = fieldNamed(name, WHERE_FIELDS, '--where');
    if (operator === '=' && isOneOf(FACETS, field)) {
      (where[field] ??= []).push(valueOf(field, value));
    } else if (isOneOf(NUMBERS, field)) {
      const number = numberOf(field, value);
      const range = (ranges[field] ??= {});
      if (operator !== '<=') range.min = Math.max(number, range.min ?? number);
      if (operator !== '>=') range.max = Math.min(number, range.max ?? number);
    } else if (operator === '=' && isOneOf(FLAGS, field)) {
      if (value !== 'true' && value !== 'false') throw usage(`${field} is true or false, not "${value}".`);
      filter[field] = value === 'true';
    } else if (operator === '=') {
      filter.tags = [...(filter.tags ?? []), value];
    } else {
      throw usage(`${field} has no order: --where ${field}=VALUE.`);
    }
  }
  return { ...filter, ...(isEmpty(where) ? {} : { where }), ...(isEmpty(ranges) ? {} : { ranges }) };
}

/** Reads `--sort`: a field, with "-" before it from the largest down. @throws AppError usage */
export function readSort(text: string | undefined): CatalogSearch['sort'] {
  if (text === undefined) return undefined;
  const descending = text.startsWith('-');
  const by = fieldNamed(descending ? text.slice(1) : text, SORTS, '--sort');
  return { by: by as (typeof SORTS)[number], descending };
}

/** A field by its name here, or the index's. */
function fieldNamed(name: string, fields: readonly string[], option: string): string {
  const own = INDEX_NAMES[name] ?? name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (fields.includes(own)) return own;
  const guess = nearest(own, fields);
  throw new AppError('usage', `${option}: there is no field "${name}".`, {
    hint: `${guess === undefined ? '' : `Did you mean "${guess}"? `}There are: ${fields.join(', ')}.`,
  });
}

/** Nothing, or "unknown", stands for what isn't known. */
function valueOf(facet: Facet, text: string): FacetValue {
  if (text === '' || text === 'unknown') return null;
  return NUMERIC.has(facet) ? numberOf(facet, text) : text;
}

function numberOf(field: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) throw usage(`${field} is a number, not "${text}".`);
  return number;
}

function isOneOf<T extends string>(values: readonly T[], value: string): value is T {
  return (values as readonly string[]).includes(value);
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0;
}

function usage(message: string): AppError {
  return new AppError('usage', message, { hint: `Fields: ${WHERE_FIELDS.join(', ')}.` });
}
