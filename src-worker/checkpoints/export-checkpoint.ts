import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { modelCard } from '../../src-shared/checkpoints/layouts/model-card.ts';
import { compareFingerprints } from '../../src-shared/fingerprint/compare.ts';
import type { Fingerprint } from '../../src-shared/fingerprint/fingerprint.ts';
import { assumedPreprocessing } from '../../src-shared/checkpoints/preprocessing.ts';
import type { ExportInput, ExportResult, ExportTarget } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { variantNameOf } from '../../src-shared/models/variant-name.ts';
import { createProgram } from '../engine/create-program.ts';
import { describeEngine } from '../engine/describe.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { loadParams, moveParams, predictProgram } from '../models/predict-program.ts';
import { fingerprintIn, largestDifference, probe } from './export-probe.ts';
import { exportHuggingFace, exportTimm } from './export-torch.ts';
import type { LoadedCheckpoint } from './checkpoint.ts';
import { classNames } from './class-names.ts';
import { FINGERPRINT_FILE } from './kept-fingerprint.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { writeError, writeFileAtomically } from './stage-file.ts';
import { writeCheckpoint } from './write-checkpoint.ts';

/** Largest difference in logits, between the checkpoint and what was written, that counts as the same model. */
const TOLERANCE = 1e-4;
/** Bytes of weights from which on memory matters more than a few seconds. */
const LARGE = 1 << 30;

type ToWrite = NamedCheckpoint & { fingerprint: Fingerprint | null };

interface Target {
  write: (checkpoint: ToWrite, dir: string) => Promise<{ notes: string[] }>;
  /** Logits of what was written. */
  run: (dir: string, images: NamedTensor, engine: Engine) => Promise<Float32Array>;
}

async function runReadBack(dir: string, images: NamedTensor, engine: Engine): Promise<Float32Array> {
  return logitsOf(engine, await readCheckpoint(dir, { allowNan: true }), { images, load: moveParams });
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
 * Writes a checkpoint in another layout into a folder of its own, with a model card and its fingerprint, and runs what
 * it wrote on the same input. The folder has its name only once all of that went well.
 * @throws AppError conflict (the folder holds something), usage (the target has no such model), bad_checkpoint (it gives
 *   other logits), disk_full, not_found, bad_file
 */
export async function exportCheckpoint({ checkpoint: path, allowNan, to, output }: ExportInput): Promise<ExportResult> {
  await refuseFull(output);
  const checkpoint = await readNamed(path, allowNan);
  const engine = await loadEngine();
  const temporary = join(dirname(output), `.${basename(output)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  try {
    await mkdir(temporary);
    const written = await writeVerified(checkpoint, { to, dir: temporary, engine });
    const files = await filesIn(temporary);
    await rmdir(output).catch(() => {}); // an empty folder of that name
    await rename(temporary, output);
    return { directory: output, files, ...written, tolerance: TOLERANCE, engine: describeEngine(engine) };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw writeError(error, output);
  }
}

/** A checkpoint with the names that its number of classes stands for, where it has none of its own. */
type NamedCheckpoint = LoadedCheckpoint & { labelsAssumed: boolean };

async function readNamed(path: string, allowNan: boolean | undefined): Promise<NamedCheckpoint> {
  const checkpoint = await readCheckpoint(path, { allowNan });
  const { labels, assumed } = await classNames(checkpoint.labels, checkpoint.architecture.numClasses);
  return { ...checkpoint, labels, labelsAssumed: assumed };
}

interface Destination {
  to: ExportTarget;
  dir: string;
  engine: Engine;
}

async function writeVerified(
  checkpoint: NamedCheckpoint,
  { to, dir, engine }: Destination,
): Promise<Pick<ExportResult, 'difference' | 'fingerprint' | 'notes'>> {
  const { architecture, labels, preprocessing, labelsAssumed } = checkpoint;
  const target = TARGETS[to];
  const images = await probe(architecture);
  const expected = await logitsOf(engine, checkpoint, { images, load: loadParams });
  const fingerprint = fingerprintIn(expected, architecture, engine);
  const { notes } = await target.write({ ...checkpoint, fingerprint }, dir);
  if (labelsAssumed) notes.push('Labels are assumed from the number of classes: the checkpoint names none.');
  if (fingerprint && to !== 'npz') await writeText(dir, FINGERPRINT_FILE, `${JSON.stringify(fingerprint, null, 2)}\n`);
  checkpoint.params.clear(); // what was written, and what runs it, have the memory now
  const got = await target.run(dir, images, engine);
  const difference = largestDifference(expected, got);
  if (!(difference <= TOLERANCE) || !sameFingerprint(fingerprint, fingerprintIn(got, architecture, engine))) {
    throw new AppError(
      'bad_checkpoint',
      `What was written for ${to} gives other logits: the largest difference is ${difference}, more than ${TOLERANCE}.`,
      { hint: 'Nothing was kept. Please report this with "vitrine inspect --json" of the checkpoint.' },
    );
  }
  const card = modelCard({
    architecture,
    variant: variantNameOf(architecture),
    labels,
    labelsAssumed,
    preprocessing: preprocessing ?? (checkpoint.unprepared === undefined ? assumedPreprocessing(architecture) : null),
    preprocessingAssumed: preprocessing === null,
    target: to,
    sourceSha256: checkpoint.sha256,
    provenance: checkpoint.provenance,
    fingerprint,
    verified: { difference, images: images.shape[0]!, by: RUN_BY[to] ?? `${engine.kind} ${engine.version}` },
    notes,
  });
  await writeText(dir, 'README.md', card);
  return { difference, fingerprint, notes };
}

/** Who runs what was written, where it isn't Vitrine's own engine. */
const RUN_BY: Partial<Record<ExportTarget, string>> = { onnx: "tfjs's kernels, node by node" };

function sameFingerprint(kept: Fingerprint | null, got: Fingerprint | null): boolean {
  return kept === null || got === null ? kept === got : compareFingerprints(got, kept).same;
}

async function writeText(dir: string, name: string, text: string): Promise<void> {
  await writeFileAtomically(join(dir, name), (sink) => sink.write(new TextEncoder().encode(text)));
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

async function writeNpzCheckpoint(checkpoint: ToWrite, dir: string): Promise<{ notes: string[] }> {
  const { architecture, params, labels, labelsAssumed, preprocessing, unprepared } = checkpoint;
  const { provenance, sha256, fingerprint } = checkpoint;
  await writeCheckpoint(join(dir, 'model.npz'), {
    params,
    architecture,
    // Assumed again when it is read: what the source doesn't say, its copy doesn't either.
    labels: labelsAssumed ? null : labels,
    preprocessing: preprocessing ?? assumedPreprocessing(architecture),
    provenance: { ...provenance, exportedFrom: sha256 },
    fingerprint,
  });
  const assumed = !preprocessing && (architecture.family === 'deit' || unprepared !== undefined);
  const why = unprepared ?? 'the checkpoint says nothing';
  return { notes: assumed ? [`How images are prepared can't be kept (${why}); what is usual is written.`] : [] };
}

interface Run {
  images: NamedTensor;
  /** How the program gets the numbers: lent, or for good. */
  load: typeof loadParams | typeof moveParams;
}

async function logitsOf(
  engine: Engine,
  { params, architecture }: Pick<LoadedCheckpoint, 'params' | 'architecture'>,
  { images, load }: Run,
): Promise<Float32Array> {
  // Op by op, a few images are computed before a graph of them is compiled, but a large model takes twice the memory.
  const bytes = [...params.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  const mode = bytes > LARGE && engine.kind === 'tensorflow' ? 'recorded' : 'eager';
  const program = await createProgram(engine, predictProgram({ architecture, batch: images.shape[0]! }), mode);
  try {
    await load(program, params);
    return (await program.call('predict', { images: images.data }))['logits']!.data as Float32Array;
  } finally {
    program.dispose();
  }
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
