import type { Facet, NumberField } from '../../../src-shared/contract/catalog-rows.ts';
import { formatCount } from '../../ui/format.ts';
import { ranged, toggled, withTag } from './query.ts';
import type { CatalogQuery, Range } from './query.ts';
import { RANGES } from './ranges.ts';
import { strings } from './strings.ts';

/** A condition that is set, and the question without it. */
export interface ConditionChip {
  readonly text: string;
  readonly without: CatalogQuery;
}

/** Everything that narrows the list, in the order of the filters. */
export function chipsOf(query: CatalogQuery): ConditionChip[] {
  const facets = Object.entries(query.where).flatMap(([name, values]) => {
    const facet = name as Facet;
    return values.map((value) => ({
      text: `${strings.facets[facet]}: ${value ?? strings.unknown}`,
      without: toggled(query, facet, value),
    }));
  });
  const ranges = Object.entries(query.ranges).map(([name, range]) => {
    const field = name as NumberField;
    return { text: `${titleOf(field)} ${spellRange(field, range)}`, without: ranged(query, field, {}) };
  });
  const { brush } = query;
  return [
    ...(query.text.trim() === '' ? [] : [{ text: strings.chips.text(query.text), without: { ...query, text: '' } }]),
    ...(query.starred ? [{ text: strings.starred, without: { ...query, starred: false } }] : []),
    ...(brush ? [{ text: strings.chips.brushed(brush.points), without: { ...query, brush: null } }] : []),
    ...facets,
    ...ranges,
    ...query.tags.map((tag) => ({ text: strings.chips.tag(tag), without: withTag(query, tag, false) })),
  ];
}

function titleOf(field: NumberField): string {
  return RANGES.find((row) => row.field === field)?.title ?? field;
}

/** ≥ 80, ≤ 90, 80–90, in the unit that the filter has. */
export function spellRange(field: NumberField, { min, max }: Range): string {
  const scale = RANGES.find((row) => row.field === field)?.scale ?? 1;
  const spell = (value: number): string => {
    const shown = Number((value / scale).toPrecision(6));
    return Math.abs(shown) >= 1000 ? formatCount(shown) : String(shown);
  };
  if (min === undefined) return `≤ ${spell(max ?? 0)}`;
  return max === undefined ? `≥ ${spell(min)}` : `${spell(min)}–${spell(max)}`;
}
