import { resolve } from 'node:path';
import type { Predictions } from '../../../src-shared/contract/evaluation.ts';
import type { EvaluationReport } from '../../../src-shared/contract/report.ts';
import { prepareDataset } from '../datasets/service.ts';
import { keptFolder } from '../fingerprints/service.ts';
import { buildReport, writeReport } from '../reports/service.ts';
import { anywhere, inspectUsable, scoreImages } from '../scoring/service.ts';
import type { AskForPlace } from '../scoring/service.ts';
import { evaluationClasses } from './classes.ts';
import { recordOf } from './record.ts';

export interface EvaluateOptions {
  checkpoint: string;
  folder: string;
  /** What people call the data set, where its folder's name doesn't say. */
  datasetName?: string | undefined;
  /** As tfds spells it. */
  split: string;
  /** Of the bootstrap intervals. */
  seed: number;
  skipBad: boolean;
  /** Take weights that are NaN or infinite. */
  allowNan?: boolean;
  batch: number;
  /** Of the test split that is made where the folder has none. */
  splitSeed?: number;
  /** Where the report is written, or null. */
  report: string | null;
  /** Where Vitrine keeps what it needs between runs. */
  home: string;
  versions: Record<string, string>;
  /** Of the process that computes; asked for when it is needed. */
  environment: () => Promise<NodeJS.ProcessEnv>;
  signal: AbortSignal;
  onProgress: (phase: EvaluatePhase, done: number, total: number) => void;
  /** Waits until there is memory beside what trains. */
  place?: AskForPlace;
}

export type EvaluatePhase = 'list' | 'check' | 'import' | 'wait' | 'score';

export interface Evaluated {
  /** The checkpoint gives other outputs than those that were kept of it. */
  differs: boolean;
  report: EvaluationReport;
  files: { html: string; json: string; csv: string } | null;
}

/**
 * Scores a checkpoint on every image of a split, each exactly once.
 * @throws AppError as its parts do: a checkpoint that can't be used, bad images, classes that don't fit
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluated> {
  const { checkpoint, folder, split, seed, skipBad, signal, onProgress } = options;
  const inspection = await inspectUsable(checkpoint, signal);
  const exif = inspection.preprocessing?.exif ?? 'ignore';
  const data = await prepareDataset(folder, {
    home: options.home,
    splits: [split],
    exif,
    skipBad,
    seed: options.splitSeed,
    hashContents: true,
    signal,
    onProgress,
  });
  const items = data.selections[split]!;
  const { classNames, labels } = evaluationClasses({ checkpoint, model: inspection, data, items });
  const lease = await (options.place ?? anywhere)({
    label: 'An evaluation',
    architecture: inspection.architecture,
    batch: options.batch,
    signal,
    onWait: () => onProgress('wait', 0, 0),
  });
  const scored = await scoreImages(
    {
      checkpoint: resolve(checkpoint),
      allowNan: options.allowNan ?? false,
      described: inspection.described,
      fingerprints: keptFolder(options.home),
      images: { paths: items.map((item) => item.decodePath), labels: [...labels] },
      batch: options.batch,
    },
    {
      environment: await options.environment(),
      signal,
      onProgress: (done, total) => onProgress('score', done, total),
    },
  ).finally(() => lease.release());
  const { variant } = inspection;
  const { versions } = options;
  const { datasetName } = options;
  const parts = { checkpoint, split, seed, data, classNames, scored, exif, variant, skipBad, versions };
  const told = recordOf({ ...parts, datasetName });
  // The command line makes its own split with the seed 0 only.
  const record = options.splitSeed && data.dataset.splitSeed !== null ? { ...told, command: null } : told;
  const predictions: Predictions = { names: items.map((item) => item.name), labels, logits: scored.logits };
  const differs = scored.checkpoint.fingerprint?.same === false;
  if (options.report === null) return { differs, report: buildReport(record, predictions).report, files: null };
  const { report, html, json, csv } = await writeReport(resolve(options.report), { record, predictions });
  return { differs, report, files: { html, json, csv } };
}
