import type { BadImage } from '../data/dataset.ts';
import type { EngineInfo } from './engine.ts';

/**
 * Everything an evaluation knows but the predictions. A report is a function of this record and the predictions alone:
 * no clock, no environment, so that the same evaluation gives the same bytes.
 */
export interface EvaluationRecord {
  readonly checkpoint: {
    readonly path: string;
    /** What people call it; usually the file's name. */
    readonly name: string;
    /** Of the file, hex; null where it was not computed. */
    readonly sha256: string | null;
    /** One line for a person, such as "ViT-Ti/16, token classifier". */
    readonly architecture: string;
    /** Number of parameters. */
    readonly params: number;
    /** Whether it gave the fingerprint that was kept of it; absent where none was. */
    readonly fingerprint?: 'same' | 'differs';
  };
  readonly dataset: {
    readonly root: string;
    readonly name: string;
    /** As asked for: "test", "train[90%:]". */
    readonly split: string;
    readonly layout: string;
    readonly manifestHash: string;
    /** Whether the manifest hash covers the files' contents. */
    readonly contentsHashed: boolean;
    /** Files the split has, unreadable ones included. */
    readonly files: number;
    /** Files of the split left out because they can't be read as images. */
    readonly bad: readonly BadImage[];
    /** Classes in the order of the logits, length C. */
    readonly classNames: readonly string[];
  };
  readonly engine: EngineInfo;
  readonly preprocessing: PreprocessingRecord;
  /** Seed of the evaluation; also seeds the bootstrap. A whole number, 0 to 2^53 - 1. */
  readonly seed: number;
  /** Program and library versions by name: vitrine, node, … */
  readonly versions: Readonly<Record<string, string>>;
  /** The command that gives this report again; null where there is none. */
  readonly command: string | null;
  /** Sentences a reader must know: an assumption made, a class without images. */
  readonly notes: readonly string[];
  /** ISO 8601, only where the caller wants a date in the report (and accepts that it changes the bytes). */
  readonly evaluatedAt?: string;
}

/** How an image became the model's input. */
export interface PreprocessingRecord {
  /** Model input height and width, px. */
  readonly height: number;
  readonly width: number;
  /** Such as "bilinear to 224 × 224 px, aspect ratio not kept". */
  readonly resize: string;
  /** Such as "central 224 × 224 px of 256 × 256 px"; null without a crop. */
  readonly crop: string | null;
  /** Such as "(x − 127.5) / 127.5 a channel". */
  readonly normalization: string;
  /** What was done with EXIF orientation. */
  readonly exif: 'ignore' | 'apply';
  /** Images of the split that carry an EXIF orientation other than upright; null where not counted. */
  readonly exifRotated: number | null;
}

/** Logits of every scored image. */
export interface Predictions {
  /** Path relative to the dataset's root, with '/'; each once. */
  readonly names: readonly string[];
  readonly labels: Int32Array; // [N]
  readonly logits: Float32Array; // [N, C], row-major
}
