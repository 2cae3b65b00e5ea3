import type { Inspection } from '../../src-shared/checkpoints/inspection.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { TensorEntry } from './tensor-entry.ts';

/** By name, numbers by value. */
export function sortedTensors(entries: readonly TensorEntry[]): Inspection['tensors'] {
  return entries
    .map(({ name, shape, dtype }) => ({ name, shape, dtype }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** A layout, or why there is none that is known. */
export function tryLayout<R>(read: () => R): Pick<Inspection, 'missing' | 'error'> & { reading: R | null } {
  try {
    return { reading: read(), missing: [], error: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint, details } = error;
    const missing = Array.isArray(details.missing) ? (details.missing as string[]) : [];
    return { reading: null, missing, error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
}
