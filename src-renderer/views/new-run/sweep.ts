/** One field and the values it is tried with, as typed: "0.01, 0.03 0.1". */
export interface SweptField {
  readonly path: string;
  readonly text: string;
}

/** Runs that a sweep may queue. */
export const MOST_RUNS = 20;

/** Values as they were separated by commas or spaces; a tuple stays one. */
export function valuesIn(text: string): string[] {
  return [...new Set(text.match(/\([^)]*\)|[^\s,]+/g) ?? [])];
}

/** Every combination of the fields' values: flags of one run each. None where a field has no value. */
export function combinations(fields: readonly SweptField[]): string[][] {
  return fields.reduce<string[][]>(
    (runs, { path, text }) =>
      valuesIn(text).flatMap((value) => runs.map((run) => [...run, `--config.${path}=${value}`])),
    [[]],
  );
}
