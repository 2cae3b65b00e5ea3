import { open } from 'node:fs/promises';
import { sidecarPath } from '../../src-shared/checkpoints/sidecar.ts';
import { preparationFor } from '../../src-shared/checkpoints/preprocessing.ts';
import type { EngineInfo } from '../../src-shared/contract/engine.ts';
import type { ImageList, ProgressEvent, ScoreInput, ScoreResult } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { compareFingerprints, type FingerprintComparison } from '../../src-shared/fingerprint/compare.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { classNames } from '../checkpoints/class-names.ts';
import { fingerprintInFolder, keptFingerprint } from '../checkpoints/kept-fingerprint.ts';
import { readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import { isPackedPath } from '../../src-shared/data/packed-path.ts';
import { ImagePipeline } from '../data/image-pipeline.ts';
import { piecesOf, takesContents, withContents } from '../data/packed-chunks.ts';
import { describeEngine } from '../engine/describe.ts';
import { createProgram } from '../engine/create-program.ts';
import type { Program, TensorValue } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { breathe, type JobContext } from '../job.ts';
import { moveParams, predictProgram } from '../models/predict-program.ts';
import { explainPipelineError } from '../data/pipeline-error.ts';
import { evalChunk } from './eval-chunk.ts';
import { fingerprintOf } from './fingerprint-of.ts';

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

/** What a scorer is opened by. */
type ToOpen = Pick<ScoreInput, 'checkpoint' | 'allowNan' | 'described' | 'fingerprints' | 'images'>;

/** Reads a checkpoint and makes its program. The caller disposes. @throws AppError as reading it does */
export async function openScorer(input: ToOpen, batch: number): Promise<Scorer> {
  const { checkpoint: path, allowNan } = input;
  const checkpoint = await readCheckpoint(path, { allowNan });
  const { params, architecture, sha256 } = checkpoint;
  refuseOtherNumbers(input, sha256);
  const numClasses = classesOf(path, architecture);
  const { labels, assumed, note } = await classNames(checkpoint.labels, numClasses);
  const { preprocessing, notes } = preparationFor(path, checkpoint);
  const count = [...params.values()].reduce((n, { shape }) => n + sizeOfShape(shape), 0);
  const engine = await loadEngine();
  const fingerprint = await compareWithKept(input, { checkpoint, engine });
  const pipeline = new ImagePipeline({
    name: 'eval',
    mode: 'eval',
    batch,
    parallelism: engine.threads.intra,
    preprocessing,
    cropAreaMin: 1,
    flip: false,
    packed: input.images.paths.some(isPackedPath),
  });
  const program = await createProgram(engine, predictProgram({ architecture, batch, pipeline }));
  try {
    await moveParams(program, params);
  } catch (error) {
    program.dispose();
    throw error;
  }
  return {
    program,
    batch,
    numClasses,
    checkpoint: {
      sha256,
      architecture,
      params: count,
      labels,
      labelsAssumed: assumed,
      preprocessing,
      fingerprint,
      notes: [...checkpoint.notes, ...(note === null ? [] : [note]), ...notes],
    },
    engine: describeEngine(engine),
    bytes: 4 * count,
    dispose: () => program.dispose(),
  };
}

/** Runs a checkpoint over every image of a list exactly once and writes the logits to a file. */
export async function score(input: ScoreInput, context: JobContext<ProgressEvent>): Promise<ScoreResult> {
  const scorer = await openScorer(input, Math.min(input.batch, input.images.paths.length));
  try {
    return await scoreWith(scorer, input, context);
  } finally {
    scorer.dispose();
  }
}

/** Scores with what is ready. */
export async function scoreWith(
  scorer: Scorer,
  input: ScoreInput,
  { signal, emit }: JobContext<ProgressEvent>,
): Promise<ScoreResult> {
  const { images, logitsPath } = input;
  const { program, batch, numClasses, checkpoint, engine } = scorer;
  refuseOtherNumbers(input, checkpoint.sha256);
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

/** Whether the weights are those that a fingerprint was kept of. */
async function compareWithKept(
  { checkpoint: path, fingerprints }: ToOpen,
  { checkpoint, engine }: { checkpoint: Checkpoint; engine: Engine },
): Promise<FingerprintComparison | null> {
  if (fingerprints === null) return null;
  const { sha256 } = checkpoint;
  const beside = await keptFingerprint(path);
  // One that was kept for other bytes is not this file's.
  const isOwn = beside !== null && (beside.sha256 === null || beside.sha256 === sha256);
  const kept = isOwn ? beside.fingerprint : await fingerprintInFolder(fingerprints, sha256);
  const got = kept && (await fingerprintOf(checkpoint, engine, kept));
  return got && compareFingerprints(got, kept);
}

export interface ScoreOptions {
  /** A method with the pipeline `eval`, giving `logits` and `weights`. */
  method: string;
  images: ImageList;
  batch: number;
}

/** Batches of logits in the list's order, without the padding: [count, C] each; `outputs` are the method's, as they come. */
export async function* scoreBatches(
  program: Program,
  options: ScoreOptions,
): AsyncGenerator<{ logits: Float32Array; count: number; outputs: Record<string, TensorValue> }> {
  const { method, images, batch } = options;
  const packed = takesContents(program, 'eval');
  for (const chunk of piecesOf(evalChunk(images, batch), batch)) {
    await program.startPipeline('eval', packed ? await withContents(chunk) : chunk);
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
      yield { logits: (logits.data as Float32Array).subarray(0, count * width), count, outputs };
      await breathe();
    }
  }
}

/** The command took class names and preparation from a description: they must be those of the numbers it scores with. */
function refuseOtherNumbers(
  { checkpoint, described }: Pick<ScoreInput, 'checkpoint' | 'described'>,
  sha256: string,
): void {
  if (described === null || described === sha256) return;
  const file = sidecarPath(checkpoint);
  throw new AppError(
    'bad_checkpoint',
    `${file} was written for another checkpoint (SHA-256 differs), so its class names are not those of ${checkpoint}.`,
    { hint: 'Move it away to use the checkpoint without it.', details: { file } },
  );
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
