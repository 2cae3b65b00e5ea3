import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { modelCard } from '../../src-shared/checkpoints/layouts/model-card.ts';
import { assumedPreprocessing } from '../../src-shared/checkpoints/preprocessing.ts';
import type { ExportInput, ExportResult, ExportTarget } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { philox4x32 } from '../../src-shared/random.ts';
import { variantNameOf } from '../../src-shared/models/variant-name.ts';
import { createProgram } from '../engine/create-program.ts';
import { describeEngine } from '../engine/describe.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { loadParams, predictProgram } from '../models/predict-program.ts';
import { exportHuggingFace, exportTimm } from './export-torch.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { writeError, writeFileAtomically } from './stage-file.ts';
import { writeCheckpoint } from './write-checkpoint.ts';

/** Largest difference in logits, between the checkpoint and what was written, that counts as the same model. */
const TOLERANCE = 1e-4;
const BATCH = 2;

interface Target {
  write: (checkpoint: Checkpoint, dir: string) => Promise<{ notes: string[] }>;
  /** Logits of what was written. */
  run: (dir: string, images: NamedTensor, engine: Engine) => Promise<Float32Array>;
}

async function runReadBack(dir: string, images: NamedTensor, engine: Engine): Promise<Float32Array> {
  return logitsOf(engine, await readCheckpoint(dir), images);
}

const TARGETS: Readonly<Record<ExportTarget, Target>> = {
  npz: { write: writeNpzCheckpoint, run: runReadBack },
  timm: { write: exportTimm, run: runReadBack },
  hf: { write: exportHuggingFace, run: runReadBack },
  savedmodel: {
    write: async (checkpoint, dir) => {
      await (await import('./export-savedmodel.ts')).exportSavedModel(checkpoint, dir);
      return { notes: [] };
    },
    run: async (dir, images) => (await (await import('./export-savedmodel.ts')).runSavedModel(dir, images)).data,
  },
  onnx: {
    write: async (checkpoint, dir) => {
      await (await import('./export-onnx.ts')).exportOnnx(checkpoint, dir);
      return { notes: [] };
    },
    run: async (dir, images) => (await (await import('./run-onnx.ts')).runOnnx(join(dir, 'model.onnx'), images)).data,
  },
};

/**
 * Writes a checkpoint in another layout into a folder of its own, with a model card, and runs what it wrote on the same
 * input. The folder has its name only once all of that went well.
 * @throws AppError conflict (the folder holds something), usage (the target has no such model), bad_checkpoint (it gives
 *   other logits), disk_full, not_found, bad_file
 */
export async function exportCheckpoint({ checkpoint: path, to, output }: ExportInput): Promise<ExportResult> {
  await refuseFull(output);
  const checkpoint = await readCheckpoint(path);
  const { architecture } = checkpoint;
  const target = TARGETS[to];
  const engine = await loadEngine();
  const temporary = join(dirname(output), `.${basename(output)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  try {
    await mkdir(temporary);
    const { notes } = await target.write(checkpoint, temporary);
    const card = modelCard({
      ...checkpoint,
      target: to,
      notes,
      variant: variantNameOf(architecture),
      sourceSha256: checkpoint.sha256,
    });
    await writeFileAtomically(join(temporary, 'README.md'), (sink) => sink.write(new TextEncoder().encode(card)));
    const difference = await compare(checkpoint, { run: target.run, dir: temporary, engine });
    if (!(difference <= TOLERANCE)) {
      throw new AppError(
        'bad_checkpoint',
        `What was written for ${to} gives other logits: the largest difference is ${difference}, more than ${TOLERANCE}.`,
        { hint: 'Nothing was kept. Please report this with "vitrine inspect --json" of the checkpoint.' },
      );
    }
    const files = await filesIn(temporary);
    await rmdir(output).catch(() => {}); // an empty folder of that name
    await rename(temporary, output);
    return { directory: output, files, difference, tolerance: TOLERANCE, notes, engine: describeEngine(engine) };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw writeError(error, output);
  }
}

/** A folder that is there must be empty: nothing is overwritten. */
async function refuseFull(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw writeError(error, folder);
  });
  if (entries.length === 0) return;
  throw new AppError(
    'conflict',
    `${folder} holds ${entries.length} files already; an export gets a folder of its own.`,
    {
      hint: 'Choose another folder with --output, or empty this one.',
    },
  );
}

async function writeNpzCheckpoint(checkpoint: Checkpoint, dir: string): Promise<{ notes: string[] }> {
  const { architecture, params, labels, preprocessing, unprepared, provenance, sha256 } = checkpoint;
  await writeCheckpoint(join(dir, 'model.npz'), {
    params,
    architecture,
    labels,
    preprocessing: preprocessing ?? assumedPreprocessing(architecture),
    provenance: { ...provenance, exportedFrom: sha256 },
  });
  const assumed = !preprocessing && (architecture.family === 'deit' || unprepared !== undefined);
  const why = unprepared ?? 'the checkpoint says nothing';
  return { notes: assumed ? [`How images are prepared can't be kept (${why}); what is usual is written.`] : [] };
}

async function compare(
  checkpoint: Checkpoint,
  { run, dir, engine }: { run: Target['run']; dir: string; engine: Engine },
): Promise<number> {
  const images = noise([BATCH, ...checkpoint.architecture.imageSize, 3]);
  const expected = await logitsOf(engine, checkpoint, images);
  const got = await run(dir, images, engine);
  if (got.length !== expected.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs(got[i]! - expected[i]!);
    if (!(difference <= largest)) largest = difference; // NaN stays
  }
  return largest;
}

async function logitsOf(
  engine: Engine,
  { params, architecture }: Pick<Checkpoint, 'params' | 'architecture'>,
  images: NamedTensor,
): Promise<Float32Array> {
  // Op by op: two images are computed long before a graph of them is compiled.
  const program = await createProgram(engine, predictProgram({ architecture, batch: images.shape[0]! }), 'eager');
  try {
    await loadParams(program, params);
    return (await program.call('predict', { images: images.data }))['logits']!.data as Float32Array;
  } finally {
    program.dispose();
  }
}

/** Numbers in [-1, 1), always the same. */
function noise(shape: number[]): NamedTensor {
  const data = new Float32Array(shape.reduce((n, d) => n * d, 1));
  for (let i = 0; i < data.length; i += 4) {
    philox4x32([i, 0, 0, 0], [0, 0]).forEach((bits, j) => (data[i + j] = bits / 2 ** 31 - 1));
  }
  return { shape, data };
}

async function filesIn(dir: string): Promise<ExportResult['files']> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = [];
  for (const path of paths.sort()) {
    files.push({ name: path.slice(dir.length + 1).replaceAll('\\', '/'), bytes: (await stat(path)).size });
  }
  return files;
}
