import type { NumberField } from '../../../src-shared/contract/catalog-rows.ts';
import { strings } from './strings.ts';

/** A field that takes a range. */
export interface RangeField {
  readonly field: NumberField;
  readonly title: string;
  /** What 1 in its unit is in the field. */
  readonly scale: number;
}

export const RANGES: readonly RangeField[] = [
  { field: 'adaptFinalTest', title: strings.ranges.adaptFinalTest, scale: 0.01 },
  { field: 'imagesPerSecond', title: strings.ranges.imagesPerSecond, scale: 1 },
  { field: 'params', title: strings.ranges.params, scale: 1e6 },
  { field: 'sizeMiB', title: strings.ranges.sizeMiB, scale: 1 },
  { field: 'resolution', title: strings.ranges.resolution, scale: 1 },
  { field: 'adaptLr', title: strings.ranges.adaptLr, scale: 1 },
  { field: 'adaptSteps', title: strings.ranges.adaptSteps, scale: 1 },
  { field: 'epochs', title: strings.ranges.epochs, scale: 1 },
];

/** What was typed as the field has it; undefined for nothing, null for what is no number. */
export function readLimit(text: string, scale: number): number | undefined | null {
  const plain = text
    .trim()
    .replace(/[\s_]|,(?=\d{3}\b)/g, '')
    .replace(',', '.');
  if (plain === '') return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? Number((value * scale).toPrecision(12)) : null;
}
