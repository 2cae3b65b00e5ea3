import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CheckpointDescription, ScoreInput, ScoreResult } from '../../../src-shared/contract/worker.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import { runWorker } from '../../workers/run-worker.ts';

/** A checkpoint, images, and how they are taken. */
export type ScoreJob = Omit<ScoreInput, 'logitsPath'>;

export interface Scored extends ScoreResult {
  /** [N, C], row-major, in the order of the images. */
  logits: Float32Array;
}

/** A model that is about to be run, for whoever says where and when. */
export interface ToRun {
  /** What it is, for those who wait behind it. */
  label: string;
  architecture: Architecture;
  /** Images at a time. */
  batch: number;
  signal: AbortSignal;
  /** Told once while it has to wait: why, as a sentence. */
  onWait?: (reason: string) => void;
}

/** Gives a place to compute, at once or when there is memory for it. @throws AppError interrupted */
export type AskForPlace = (toRun: ToRun) => Promise<{ release(): void }>;

/** Where nothing else computes. */
export const anywhere: AskForPlace = () => Promise.resolve({ release: () => {} });

export interface ScoreImagesOptions {
  /** Of the process that computes. */
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Runs a checkpoint over images in a process of its own. @throws AppError as the job does */
export async function scoreImages(job: ScoreJob, options: ScoreImagesOptions): Promise<Scored> {
  return withLogits(async (logitsPath) => {
    const onEvent = ({ done, total }: { done: number; total: number }) => options.onProgress?.(done, total);
    const { environment, signal } = options;
    return runWorker('score', { ...job, logitsPath }, { environment, signal, onEvent });
  });
}

/** Large arrays cross between processes as files: gives `score` a path, and reads what was written there. */
export async function withLogits(score: (logitsPath: string) => Promise<ScoreResult>): Promise<Scored> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-score-'));
  try {
    const logitsPath = join(folder, 'logits.f32');
    const result = await score(logitsPath);
    const bytes = await readFile(logitsPath);
    return { ...result, logits: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws AppError not_found */
export function requireCheckpoint(path: string): void {
  if (existsSync(path)) return;
  throw new AppError('not_found', `There is no checkpoint ${path}.`, {
    hint: 'Check the path; a checkpoint is an .npz file.',
  });
}

/** What a classifier is by its headers, before anything long is begun with it. @throws AppError when it can't be used */
export async function inspectUsable(path: string, signal: AbortSignal): Promise<CheckpointDescription> {
  requireCheckpoint(path);
  return runWorker('describe', { path: resolve(path) }, { signal });
}
