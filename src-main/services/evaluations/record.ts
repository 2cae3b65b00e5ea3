import { basename } from 'node:path';
import type { EvaluationRecord } from '../../../src-shared/contract/evaluation.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import type { PreparedDataset } from '../datasets/service.ts';
import type { Scored } from '../scoring/service.ts';

export interface RecordParts {
  checkpoint: string;
  split: string;
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
  const { architecture, params, sha256, preprocessing } = scored.checkpoint;
  const [height, width] = preprocessing.resolution;
  const { dataset, bad } = data;
  return {
    checkpoint: {
      path: checkpoint,
      name: basename(checkpoint),
      sha256,
      architecture: describeArchitecture(architecture, parts.variant),
      params,
    },
    dataset: {
      root: dataset.root,
      name: basename(dataset.root),
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
      resize: `bilinear to ${height} × ${width} px, half-pixel centres, no antialiasing, aspect ratio not kept`,
      crop: null,
      normalization: '(x − 127.5) / 127.5 a channel',
      exif: exif === 'exif' ? 'apply' : 'ignore',
      exifRotated: data.rotated,
    },
    seed,
    versions: parts.versions,
    command: `vitrine evaluate ${quoted(checkpoint)} ${quoted(dataset.root)} --split ${quoted(split)}${seed === 0 ? '' : ` --seed ${seed}`}${parts.skipBad ? ' --skip-bad' : ''}`,
    notes: [...data.notes, ...scored.checkpoint.notes],
  };
}

const FAMILY_TITLES = { vit: 'ViT', hybrid: 'Hybrid', mixer: 'MLP-Mixer', deit: 'DeiT' } as const;

/** A few words: the variant's name where it is a published one. The image size stands elsewhere in a report. */
function describeArchitecture(architecture: Architecture, variant: string | null): string {
  const { family, width, depth, patchSize, classifier } = architecture;
  const [height] = patchSize;
  const patch = patchSize.every((side) => side === height) ? height : patchSize.join('×');
  return `${variant ?? `${FAMILY_TITLES[family]} ${depth}×${width}/${patch}`}, ${classifier}`;
}

function quoted(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
