import type { Inspection } from '../checkpoints/inspection.ts';
import type { Preprocessing } from '../checkpoints/sidecar.ts';
import type { ScoredStep } from '../config/best-so-far.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { FingerprintComparison } from '../fingerprint/compare.ts';
import type { Fingerprint, KeptFingerprint } from '../fingerprint/fingerprint.ts';
import type { Classifier, Architecture } from '../models/architecture.ts';
import type { LitArchitecture } from '../models/lit.ts';
import type { TrainingStep } from '../models/training-step.ts';
import type { EngineInfo } from './engine.ts';
import type { PreviewInput, PreviewResult } from './preview.ts';
import type { Milestone } from './milestones.ts';
import type { RunRequest } from './run-request.ts';
import type { FilterSummary, PositionSimilarity, TensorStatistics } from './weights.ts';

/**
 * What a worker process does for main. A job is one call: it yields events while it works and returns its result;
 * failures are AppErrors on both sides. Only plain data crosses, and large arrays go through files.
 */
export interface WorkerJobs {
  inspect: { input: InspectInput; event: never; result: Inspection };
  tensorStatistics: { input: InsideInput; event: never; result: TensorStatistics[] };
  patchFilters: { input: FiltersInput; event: never; result: FilterSummary };
  positionMaps: { input: InsideInput; event: never; result: PositionSimilarity };
  describe: { input: { path: string }; event: never; result: CheckpointDescription };
  logits: { input: LogitsInput; event: never; result: LogitsResult };
  score: { input: ScoreInput; event: ProgressEvent; result: ScoreResult };
  /** The same in a process that stays, for many calls one after another. */
  scoreResident: { input: ScoreInput; event: ProgressEvent; result: ScoreResult };
  zeroShot: { input: ZeroShotInput; event: ProgressEvent; result: ZeroShotResult };
  fingerprint: { input: FingerprintInput; event: never; result: FingerprintResult };
  export: { input: ExportInput; event: never; result: ExportResult };
  train: { input: TrainInput; event: TrainEvent; result: TrainResult };
  preview: { input: PreviewInput; event: never; result: PreviewResult };
  probe: { input: ProbeInput; event: never; result: ProbeResult };
  speed: { input: SpeedInput; event: never; result: SpeedResult };
  trials: { input: null; event: never; result: TrialsResult };
}

export type JobName = keyof WorkerJobs;

/** Argument of a worker process that goes on when main is gone. */
export const OUTLIVES = '--outlives-main';

export interface InspectInput {
  path: string;
  /** What the weights leave open: the image size behind a grid that isn't square, the way of pooling, BERT's heads. */
  hints: { imageSize?: [number, number]; classifier?: Classifier; textHeads?: number };
}

/** A checkpoint whose numbers are looked at. */
export interface InsideInput {
  path: string;
  /** Of its file, as it was read before. */
  sha256: string;
}

export interface FiltersInput extends InsideInput {
  /** A file for the pictures. */
  output: string;
}

/** What the headers of a checkpoint tell of a classifier, and what stands beside it. */
export interface CheckpointDescription {
  architecture: Architecture;
  variant: string | null;
  labels: string[] | null;
  /** The labels are not the file's own: its number of classes suggests them. */
  labelsAssumed: boolean;
  /** WordNet's ids in the order of the logits, where the labels are ImageNet's. */
  synsets: string[] | null;
  preprocessing: Preprocessing | null;
  /** SHA-256 of the numbers that its description is of, as that says; null without one. */
  described: string | null;
}

/** How the numbers of a checkpoint are taken. */
export interface WeightsInput {
  checkpoint: string;
  /** Take weights that are NaN or infinite. */
  allowNan: boolean;
}

export interface LogitsInput extends WeightsInput {
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

export interface ScoreInput extends WeightsInput {
  /** The `described` that labels and preparation were taken from: other numbers are refused. */
  described: string | null;
  images: ImageList;
  batch: number;
  /** Where the logits go: float32 [N, C], row-major, little-endian, nothing else. */
  logitsPath: string;
  /**
   * A folder of kept fingerprints: the checkpoint is compared with the one beside it, or there under its SHA-256. Null:
   * no comparison.
   */
  fingerprints: string | null;
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
    /** The file names no classes: these are of the set that has exactly as many. */
    labelsAssumed: boolean;
    preprocessing: Preprocessing;
    /** With the fingerprint that it should have; null where none is known. */
    fingerprint: FingerprintComparison | null;
    notes: string[];
  };
  engine: EngineInfo;
  seconds: number;
}

/** The checkpoint is an image and text model. */
export interface ZeroShotInput extends WeightsInput {
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

export interface FingerprintInput {
  checkpoint: string;
  /** What it should be; null: what stands beside the checkpoint. */
  against: KeptFingerprint | null;
  /** Heads of an image and text model's BERT tower, where its width doesn't tell. */
  textHeads: number | null;
}

export interface FingerprintResult {
  fingerprint: Fingerprint;
  /** Of the checkpoint's file. */
  sha256: string;
  /** The class of the largest logit of each photograph, where classes have names. */
  top1: (string | null)[];
  kept: KeptFingerprint | null;
  /** With the one that was kept; null where there is none. */
  comparison: FingerprintComparison | null;
  engine: EngineInfo;
}

export type ExportTarget = 'npz' | 'timm' | 'hf' | 'savedmodel' | 'onnx';

export interface ExportInput extends WeightsInput {
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
  /** Null where outputs are not finite. */
  fingerprint: Fingerprint | null;
  /** What the target can't say or does otherwise. */
  notes: string[];
  engine: EngineInfo;
}

/** The checkpoint is the file to start from. */
export interface TrainInput extends WeightsInput {
  workdir: string;
  config: RunConfig;
  /** Go on with the run of vit_jax that `checkpoint` is of: its momentum and its step as well as its weights. */
  continueRun: boolean;
  classNames: string[];
  train: ImageList;
  test: ImageList;
  /** Of the data set, its splits included: a workdir resumes on the same images only. */
  manifestHash: string;
  /** Main's own version, for provenance. */
  versions: Record<string, string>;
  /** What a person asked for, so that the workdir can be resumed by anybody. */
  request?: RunRequest;
  /** Go on beyond the end of the finished run that the workdir holds, to this configuration's total_steps. */
  extend?: boolean;
  /** Begin with the saved training state of another run: its newest, which must be of this step where one is given. */
  branch?: BranchPoint;
  /** Parts a batch is computed in, as found for this machine's memory; otherwise as the run goes or its configuration says. */
  accumSteps?: number;
  /** What was found out before a run began, for its timeline; a sentence each. */
  notes?: string[];
  /** The process before this one ended because memory ran out: compute the batch in more parts. */
  afterOutOfMemory?: boolean;
}

/** A saved training state of another run. */
export interface BranchPoint {
  workdir: string;
  step: number | null;
}

export type TrainEvent =
  | { type: 'phase'; phase: 'loading' | 'compiling' | 'training' | 'evaluating' | 'saving'; step: number }
  | { type: 'note'; text: string }
  | { type: 'step'; step: number; totalSteps: number; loss: number; imagesPerSecond: number; etaSeconds: number }
  | { type: 'metrics'; step: number; values: Record<string, number> }
  | { type: 'checkpoint'; step: number }
  /** Something that changes a run's course, as its timeline keeps it. */
  | { type: 'milestone'; what: Milestone; step: number; text: string }
  /** The workdir is this process's, and its files tell of it from here on; updates already made. */
  | { type: 'begun'; step: number };

export interface TrainResult {
  state: 'done' | 'interrupted';
  step: number;
  totalSteps: number;
  /** Of `model.npz`; null while the run isn't done. */
  model: string | null;
  /** Its best evaluation, where the run looks for one; `model` is best.npz, where that is kept. */
  best: (ScoredStep & { by: 'accuracy' | 'loss'; model: string | null }) | null;
  /** It ended before totalSteps, as it got no better (vitrine.early_stop). */
  stoppedEarly: boolean;
  /** The last value of each metric of this run. */
  metrics: Record<string, number>;
  /** Updates made by this process; fewer than `step` when it resumed. */
  stepsRun: number;
  /** Null when the run was stopped before it had one. */
  engine: EngineInfo | null;
}

/** Something that is claimed of the engine, tried on this machine. */
export interface Trial {
  name: string;
  pass: boolean;
  /** What came out. */
  detail: string;
  seconds?: number;
}

export interface TrialsResult {
  engine: EngineInfo;
  trials: Trial[];
}

/** One step of a model to see what memory it takes; weights are made up, as their values don't matter. */
export interface ProbeInput {
  architecture: Architecture;
  mode: 'train' | 'predict';
  /** Images in one step: the micro-batch. */
  batch: number;
  /** Whether gradients of several micro-batches are summed. */
  accumulating: boolean;
  /** How it trains; as vit_jax does, where not given. */
  step?: TrainingStep;
}

export interface ProbeResult {
  /** Resident memory with the engine loaded and nothing else, bytes. */
  engineBytes: number;
  /** Above that: the most until the first step was done, compiling included; and in a second step. */
  firstPeakBytes: number;
  stepPeakBytes: number;
  firstSeconds: number;
  stepSeconds: number;
  engine: EngineInfo;
}

/** Many steps of a model to see how fast they are; weights and images are made up. */
export interface SpeedInput extends Omit<ProbeInput, 'accumulating'> {
  /** Steps after the first that are not timed. */
  warmup: number;
  /** Steps that are; fewer where they take longer than `maxSeconds`, but at least three. */
  steps: number;
  maxSeconds: number;
}

export interface SpeedResult {
  /** From the loaded engine to the end of the first step: building, compiling, computing. */
  firstSeconds: number;
  /** Of each timed step. */
  seconds: number[];
  /** Resident memory of the process: the most since it began, compiling included; and during the timed steps. */
  peakBytes: number;
  stepPeakBytes: number;
  engine: EngineInfo;
}
