import { catalog } from './0001-catalog.ts';
import { downloads } from './0002-downloads.ts';
import { runs } from './0003-runs.ts';
import { datasetsAndEvaluations } from './0004-datasets-evaluations.ts';
import { packedImages } from './0005-packed-images.ts';
import { datasetEdits } from './0006-dataset-edits.ts';

/** One step of the schema. A released one is never changed: the next step mends it. */
export interface Migration {
  /** Its version is its place in the list, from 1. */
  readonly name: string;
  readonly sql: string;
}

/** The schema's whole history, oldest first. TypeScript and not .sql files, so that a bundle carries them. */
export const MIGRATIONS: readonly Migration[] = [
  catalog,
  downloads,
  runs,
  datasetsAndEvaluations,
  packedImages,
  datasetEdits,
];
