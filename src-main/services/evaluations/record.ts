import { basename } from 'node:path';
import { describePreprocessing } from '../../../src-shared/checkpoints/describe-preprocessing.ts';
import type { EvaluationRecord } from '../../../src-shared/contract/evaluation.ts';
import { architectureTitle } from '../../../src-shared/models/architecture-title.ts';
import type { PreparedDataset } from '../datasets/service.ts';
import type { Scored } from '../scoring/service.ts';

export interface RecordParts {
  checkpoint: string;
  split: string;
  datasetName?: string | undefined;
  seed: number;
  data: PreparedDataset;
  classNames: readonly string[];
  scored: Scored;
  exif: 'ignore' | 'exif';
  /** The published variant with this architecture, or null. */
  variant: string | null;
  skipBad: boolean;
  /** Program and library versions by name. */
  versions: Record<string, string>;
}

/** What a report says of an evaluation but its predictions. */
export function recordOf(parts: RecordParts): EvaluationRecord {
  const { checkpoint, split, seed, data, classNames, scored, exif } = parts;
  const { architecture, params, sha256, preprocessing, fingerprint } = scored.checkpoint;
  const [height, width] = preprocessing.resolution;
  const words = describePreprocessing(preprocessing);
  const { dataset, bad } = data;
  return {
    checkpoint: {
      path: checkpoint,
      name: basename(checkpoint),
      sha256,
      architecture: architectureTitle(architecture, parts.variant),
      params,
      ...(fingerprint ? { fingerprint: fingerprint.same ? 'same' : 'differs' } : {}),
    },
    dataset: {
      root: dataset.root,
      name: parts.datasetName ?? basename(dataset.root),
      split,
      layout: dataset.layout,
      manifestHash: dataset.manifestHash,
      contentsHashed: dataset.contentsHashed,
      files: data.selections[split]!.length + bad.length,
      bad,
      classNames,
    },
    engine: scored.engine,
    preprocessing: {
      height,
      width,
      resize: words.resize,
      crop: words.crop,
      normalization: words.values,
      exif: exif === 'exif' ? 'apply' : 'ignore',
      exifRotated: data.rotated,
    },
    seed,
    versions: parts.versions,
    command: `vitrine evaluate ${quoted(checkpoint)} ${quoted(dataset.root)} --split ${quoted(split)}${seed === 0 ? '' : ` --seed ${seed}`}${parts.skipBad ? ' --skip-bad' : ''}`,
    notes: [...data.notes, ...scored.checkpoint.notes],
  };
}

function quoted(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
