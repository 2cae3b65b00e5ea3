import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { evaluationSchema } from '../../../src-shared/contract/evaluations.ts';
import type { Evaluation } from '../../../src-shared/contract/evaluations.ts';
import type { KeptSettings } from './evaluation-rows.ts';

const FILE = 'evaluation.json';

/** Beside the report: enough to list the evaluation again where the database is lost. */
const folderSchema = v.object({
  schemaVersion: v.literal(1),
  evaluation: evaluationSchema,
  settings: v.object({ skipBad: v.boolean(), batch: v.number(), seed: v.number() }),
});

export interface EvaluationFolder {
  evaluation: Evaluation;
  settings: KeptSettings;
}

/** What a report's kind is called in its folder. */
export const REPORT_FILES = { html: 'report.html', json: 'report.json', csv: 'predictions.csv' } as const;

export type ReportFile = keyof typeof REPORT_FILES;

/** Whole or not at all. @throws AppError disk_full, bad_file */
export async function describeFolder(folder: string, { evaluation, settings }: EvaluationFolder): Promise<void> {
  const told = { schemaVersion: 1, evaluation: { ...evaluation, progress: null }, settings };
  const { writeTogether } = await import('../reports/service.ts');
  await writeTogether([{ path: join(folder, FILE), chunks: [`${JSON.stringify(told, null, 2)}\n`] }]);
}

/** All evaluations that folders below `reports` describe, and a sentence for each that can't be read. */
export async function readFolders(reports: string): Promise<{ found: EvaluationFolder[]; problems: string[] }> {
  const found: EvaluationFolder[] = [];
  const problems: string[] = [];
  const names = await readdir(reports).catch(() => [] as string[]);
  for (const name of names.sort()) {
    const file = join(reports, name, FILE);
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) continue; // a report that was written elsewhere and put here
    try {
      const read = v.parse(folderSchema, JSON.parse(text));
      if (read.evaluation.id !== name) throw new Error(`it is that of "${read.evaluation.id}"`);
      found.push(read);
    } catch (error) {
      problems.push(`${file} can't be read: ${(error as Error).message}.`);
    }
  }
  return { found, problems };
}
