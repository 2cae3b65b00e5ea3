import type { Inspection } from '../checkpoints/inspection.ts';
import type { Preprocessing } from '../checkpoints/sidecar.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { Classifier, Architecture } from '../models/architecture.ts';
import type { LitArchitecture } from '../models/lit.ts';
import type { EngineInfo } from './engine.ts';

/**
 * What a worker process does for main. A job is one call: it yields events while it works and returns its result;
 * failures are AppErrors on both sides. Only plain data crosses, and large arrays go through files.
 */
export interface WorkerJobs {
  inspect: { input: InspectInput; event: never; result: Inspection };
  logits: { input: LogitsInput; event: never; result: LogitsResult };
  score: { input: ScoreInput; event: ProgressEvent; result: ScoreResult };
  /** The same in a process that stays, for many calls one after another. */
  scoreResident: { input: ScoreInput; event: ProgressEvent; result: ScoreResult };
  zeroShot: { input: ZeroShotInput; event: ProgressEvent; result: ZeroShotResult };
  export: { input: ExportInput; event: never; result: ExportResult };
  train: { input: TrainInput; event: TrainEvent; result: TrainResult };
}

export type JobName = keyof WorkerJobs;

/** Argument of a worker process that goes on when main is gone. */
export const OUTLIVES = '--outlives-main';

export interface InspectInput {
  path: string;
  /** What the weights leave open: the image size behind a grid that isn't square, the way of pooling, BERT's heads. */
  hints: { imageSize?: [number, number]; classifier?: Classifier; textHeads?: number };
}

export interface LogitsInput {
  checkpoint: string;
  /** An .npy of float32 [B, H, W, 3], as the model takes it. */
  input: string;
  /** Where to write the logits as .npy, or null. */
  output: string | null;
}

export interface LogitsResult {
  shape: number[];
  /** Nested as `shape` says; left out when an output file was asked for. */
  logits: unknown[] | null;
  engine: EngineInfo;
}

/** Images to run a model over, in order. */
export interface ImageList {
  /** Files to decode. */
  paths: string[];
  /** Indices of classes; -1 where unknown. */
  labels: number[];
}

export interface ScoreInput {
  checkpoint: string;
  images: ImageList;
  batch: number;
  /** Where the logits go: float32 [N, C], row-major, little-endian, nothing else. */
  logitsPath: string;
}

export interface ProgressEvent {
  type: 'progress';
  done: number;
  total: number;
}

export interface ScoreResult {
  /** N, the images scored: each exactly once. */
  scored: number;
  numClasses: number;
  checkpoint: {
    sha256: string;
    architecture: Architecture;
    params: number;
    labels: string[] | null;
    preprocessing: Preprocessing;
    notes: string[];
  };
  engine: EngineInfo;
  seconds: number;
}

export interface ZeroShotInput {
  /** An image and text model. */
  checkpoint: string;
  /** Its WordPiece vocabulary or SentencePiece model. */
  tokenizer: string;
  /** Files to decode. */
  images: string[];
  labels: string[];
  /** Each with "{}" for the label; a label's embedding is the mean over them. */
  templates: string[];
  /** Keep the aspect ratio: the shorter side to the model's size, then the middle. Otherwise the whole is stretched. */
  crop: boolean;
  batch: number;
  /** Heads of a BERT tower, where its width doesn't tell. */
  textHeads: number | null;
}

/** A prompt with more tokens than the text tower takes; the rest was left out. */
export interface CutPrompt {
  text: string;
  tokens: number;
  cut: number;
}

export interface ZeroShotResult {
  /** [N, labels] */
  probabilities: number[][];
  /** Products of the embeddings, in [-1, 1], before the temperature. [N, labels] */
  similarities: number[][];
  temperature: number;
  /** Tokens of a prompt, those always added included. */
  maxLen: number;
  cut: CutPrompt[];
  checkpoint: { sha256: string; architecture: LitArchitecture; variant: string | null; notes: string[] };
  engine: EngineInfo;
  seconds: number;
}

export type ExportTarget = 'npz' | 'timm' | 'hf' | 'savedmodel' | 'onnx';

export interface ExportInput {
  checkpoint: string;
  to: ExportTarget;
  /** A folder that is empty or not there yet. */
  output: string;
}

export interface ExportResult {
  directory: string;
  files: { name: string; bytes: number }[];
  /** Largest difference in logits between the checkpoint and what was written, run on the same input. */
  difference: number;
  /** Beyond this nothing is kept. */
  tolerance: number;
  /** What the target can't say or does otherwise. */
  notes: string[];
  engine: EngineInfo;
}

export interface TrainInput {
  workdir: string;
  config: RunConfig;
  /** The file to start from. */
  checkpoint: string;
  classNames: string[];
  train: ImageList;
  test: ImageList;
  /** Of the data set, its splits included: a workdir resumes on the same images only. */
  manifestHash: string;
  /** Main's own version, for provenance. */
  versions: Record<string, string>;
}

export type TrainEvent =
  | { type: 'phase'; phase: 'loading' | 'compiling' | 'training' | 'evaluating' | 'saving'; step: number }
  | { type: 'note'; text: string }
  | { type: 'step'; step: number; totalSteps: number; loss: number; imagesPerSecond: number; etaSeconds: number }
  | { type: 'metrics'; step: number; values: Record<string, number> }
  | { type: 'checkpoint'; step: number };

export interface TrainResult {
  state: 'done' | 'interrupted';
  step: number;
  totalSteps: number;
  /** Of `model.npz`; null while the run isn't done. */
  model: string | null;
  /** The last value of each metric of this run. */
  metrics: Record<string, number>;
  /** Updates made by this process; fewer than `step` when it resumed. */
  stepsRun: number;
  /** Null when the run was stopped before it had one. */
  engine: EngineInfo | null;
}
