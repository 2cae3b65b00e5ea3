import type { Subject } from './subject.ts';

/** Models and batches, by the name `--cells` gives them. */
export const CELLS: Readonly<Record<string, readonly [Subject, number]>> = {
  'Ti/16@8': ['Ti/16', 8],
  'Ti/16@32': ['Ti/16', 32],
  'S/16@8': ['S/16', 8],
  'S/16@32': ['S/16', 32],
  'B/16@8': ['B/16', 8],
};
