import { join } from 'node:path';
import type { EvaluationRecord, Predictions } from '../../../src-shared/contract/evaluation.ts';
import type { EvaluationReport } from '../../../src-shared/contract/report.ts';
import { writeTogether } from './atomic-write.ts';
import { buildReport } from './build-report.ts';
import { reportPage } from './page.ts';
import { heatMap, thumbnails } from './pictures.ts';
import { predictionsCsv } from './predictions-csv.ts';
import { MAX_MISTAKES } from './report-lists.ts';
import { TABLE_CLASSES } from './sections/confusion.ts';

export interface WrittenReport {
  /** Absolute or relative as `dir` was. */
  html: string;
  json: string;
  csv: string;
  report: EvaluationReport;
}

/**
 * Writes report.json, predictions.csv and report.html to `dir` (made if missing), all three or none. The same record,
 * predictions and images give the same bytes. `thumbnails` is how many mistakes are shown as pictures, 0 for none.
 * Throws AppError: see checkRecord and writeTogether.
 */
export async function writeReport(
  dir: string,
  evaluation: { record: EvaluationRecord; predictions: Predictions },
  options: { thumbnails?: number } = {},
): Promise<WrittenReport> {
  const { record, predictions } = evaluation;
  const { report, scores } = buildReport(record, predictions);
  const page = reportPage({
    report,
    thumbnails: await thumbnails(record, report, options.thumbnails ?? MAX_MISTAKES),
    heatMap: report.classes.length > TABLE_CLASSES ? await heatMap(report) : null,
  });
  const json = join(dir, 'report.json');
  const csv = join(dir, 'predictions.csv');
  const html = join(dir, 'report.html');
  await writeTogether([
    { path: json, chunks: [reportJson(report)] },
    { path: csv, chunks: predictionsCsv(record, predictions, scores) },
    { path: html, chunks: [page] },
  ]);
  return { html, json, csv, report };
}

/** Indented by two, keys in the order of EvaluationReport, lists of numbers on one line each. */
export function reportJson(report: EvaluationReport): string {
  const text = JSON.stringify(report, null, 2);
  // A raw line break never stands inside a JSON string, so this meets only the program's own indentation.
  const compact = text.replace(/\[\n\s+-?\d[\d.eE+-]*(?:,\n\s+-?\d[\d.eE+-]*)*\n\s+\]/g, (list) =>
    list.replace(/\n\s*/g, '').replaceAll(',', ', '),
  );
  return `${compact}\n`;
}
