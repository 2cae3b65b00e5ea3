import { open } from 'node:fs/promises';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { EngineInfo } from '../../src-shared/contract/engine.ts';
import type { ImageList, ProgressEvent, ScoreInput, ScoreResult } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import { ImagePipeline } from '../data/image-pipeline.ts';
import { describeEngine } from '../engine/describe.ts';
import { createProgram } from '../engine/create-program.ts';
import type { Program } from '../engine/program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { breathe, type JobContext } from '../job.ts';
import { loadParams, predictProgram } from '../models/predict-program.ts';
import { explainPipelineError } from '../data/pipeline-error.ts';
import { evalChunk } from './eval-chunk.ts';

/** A checkpoint ready to score images with, any number of times. */
export interface Scorer {
  program: Program;
  /** Images at a time; the program is compiled for it. */
  batch: number;
  numClasses: number;
  checkpoint: ScoreResult['checkpoint'];
  engine: EngineInfo;
  /** What the parameters take, bytes. */
  bytes: number;
  dispose(): void;
}

/** Reads a checkpoint and makes its program. The caller disposes. @throws AppError as reading it does */
export async function openScorer(path: string, batch: number): Promise<Scorer> {
  const { params, architecture, labels, sha256, preprocessing, notes } = await readCheckpoint(path);
  const numClasses = classesOf(path, architecture);
  refuseOtherPreparation(path, preprocessing);
  if (preprocessing?.antialias)
    notes.push('Images are resized without antialiasing, where the checkpoint asks for it.');
  const engine = await loadEngine();
  const pipeline = new ImagePipeline({
    name: 'eval',
    mode: 'eval',
    batch,
    parallelism: engine.threads.intra,
    resolution: architecture.imageSize,
    cropAreaMin: 1,
    flip: false,
  });
  const program = await createProgram(engine, predictProgram({ architecture, batch, pipeline }));
  try {
    await loadParams(program, params);
  } catch (error) {
    program.dispose();
    throw error;
  }
  const count = [...params.values()].reduce((n, { shape }) => n + sizeOfShape(shape), 0);
  return {
    program,
    batch,
    numClasses,
    checkpoint: {
      sha256,
      architecture,
      params: count,
      labels,
      preprocessing: { ...plainResize(architecture), exif: preprocessing?.exif ?? 'ignore' },
      notes,
    },
    engine: describeEngine(engine),
    bytes: 4 * count,
    dispose: () => program.dispose(),
  };
}

/** Runs a checkpoint over every image of a list exactly once and writes the logits to a file. */
export async function score(input: ScoreInput, context: JobContext<ProgressEvent>): Promise<ScoreResult> {
  const scorer = await openScorer(input.checkpoint, Math.min(input.batch, input.images.paths.length));
  try {
    return await scoreWith(scorer, input, context);
  } finally {
    scorer.dispose();
  }
}

/** Scores with what is ready. */
export async function scoreWith(
  scorer: Scorer,
  { images, logitsPath }: Pick<ScoreInput, 'images' | 'logitsPath'>,
  { signal, emit }: JobContext<ProgressEvent>,
): Promise<ScoreResult> {
  const { program, batch, numClasses, checkpoint, engine } = scorer;
  const file = await open(logitsPath, 'w');
  const start = performance.now();
  let scored = 0;
  try {
    for await (const { logits, count } of scoreBatches(program, { method: 'predict', images, batch })) {
      await file.write(Buffer.from(logits.buffer, logits.byteOffset, logits.byteLength));
      scored += count;
      emit({ type: 'progress', done: scored, total: images.paths.length });
      if (signal.aborted)
        throw new AppError('interrupted', `Stopped after ${scored} of ${images.paths.length} images.`);
    }
  } finally {
    await file.close();
  }
  return { scored, numClasses, checkpoint, engine, seconds: (performance.now() - start) / 1000 };
}

export interface ScoreOptions {
  /** A method with the pipeline `eval`, giving `logits` and `weights`. */
  method: string;
  images: ImageList;
  batch: number;
}

/** Batches of logits in the list's order, without the padding: [count, C] each. */
export async function* scoreBatches(
  program: Program,
  options: ScoreOptions,
): AsyncGenerator<{ logits: Float32Array; count: number }> {
  const { method, images, batch } = options;
  const chunk = evalChunk(images, batch);
  await program.startPipeline('eval', chunk);
  for (let from = 0; from < chunk.paths.length; from += batch) {
    let outputs;
    try {
      outputs = await program.call(method);
    } catch (error) {
      throw await explainPipelineError(error, chunk.paths.slice(from, from + 4 * batch));
    }
    const logits = outputs['logits']!;
    const count = (outputs['weights']!.data as Float32Array).reduce((n, w) => n + w, 0);
    const width = logits.data.length / batch;
    yield { logits: (logits.data as Float32Array).subarray(0, count * width), count };
    await breathe();
  }
}

/** Images are only prepared as AugReg's are: with another preparation a model's answers would be wrong without a word. */
function refuseOtherPreparation(path: string, preprocessing: Preprocessing | null): void {
  if (!preprocessing) return;
  const { resize, resized, range } = preprocessing;
  if (resize === 'bilinear' && resized === undefined && range === '[-1, 1]') return;
  throw new AppError(
    'bad_checkpoint',
    `${path} was made for images prepared otherwise than by a bilinear resize to [-1, 1] ("vitrine inspect" says how), which is not supported yet.`,
    { hint: 'Prepare them yourself and use "vitrine logits".' },
  );
}

/** AugReg's own preprocessing: the whole image resized to the size the model takes. */
export function plainResize(architecture: Architecture): Preprocessing {
  return {
    resolution: [architecture.imageSize[0], architecture.imageSize[1]],
    resize: 'bilinear',
    range: '[-1, 1]',
    exif: 'ignore',
  };
}

function classesOf(path: string, { numClasses, classifier }: Architecture): number {
  if (numClasses === null) {
    throw new AppError('bad_checkpoint', `${path} has no head, so it gives no classes.`, {
      hint: 'Fine-tune it first: vitrine train --checkpoint …',
    });
  }
  if (classifier !== 'token' && classifier !== 'gap') {
    throw new AppError(
      'bad_checkpoint',
      `${path} gives logits for every token (classifier "${classifier}"), not for images.`,
    );
  }
  return numClasses;
}
