import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { ImagePipeline } from '../data/image-pipeline.ts';
import { samplePlan } from '../data/sample-images.ts';
import { arbitraryState } from '../engine/compare-modes.ts';
import { createProgram } from '../engine/create-program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { tinyVit } from '../models/tiny-vit.ts';
import { trainProgram } from './train-program.ts';

/** What run-steps prints, as JSON. */
export interface StepsReport {
  /** SHA-256 of all states after the last step. */
  state: string;
  losses: number[];
  /** Resident memory after the warm-up and at the end, bytes. */
  residentAfterWarmup: number;
  resident: number;
  tensorsAfterWarmup: number;
  tensors: number;
}

/**
 * A process of its own that trains a small model on a folder of images for some steps, as training does: from a
 * pipeline, stretch after stretch, with dropout. Used by the tests of memory, of determinism and of compilation.
 * `run-steps.ts FOLDER STEPS WARMUP`
 */
const [folder, steps, warmup] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4] ?? 0)];
const BATCH = 8;
const STRETCH = 12;

const engine = await loadEngine('tensorflow');
const architecture = tinyVit('token', { width: 32, mlpDim: 64 });
const program = await createProgram(
  engine,
  trainProgram({
    architecture,
    microBatch: BATCH,
    accumSteps: 1,
    gradNormClip: 1,
    dropoutRate: 0.1,
    attentionDropoutRate: 0.1,
    pipeline: new ImagePipeline({
      name: 'train',
      batch: BATCH,
      parallelism: engine.threads.intra,
      mode: 'train',
      preprocessing: plainResize(architecture.imageSize),
      cropAreaMin: 0.05,
      flip: true,
    }),
  }),
);
await program.writeState(arbitraryState(program.spec, 3));
const files = readdirSync(folder).map((name) => join(folder, name));
const plan = samplePlan(
  Array.from({ length: STRETCH * BATCH }, (_, i) => files[i % files.length]!),
  architecture.numClasses!,
);

const report: StepsReport = {
  state: '',
  losses: [],
  residentAfterWarmup: 0,
  resident: 0,
  tensorsAfterWarmup: 0,
  tensors: 0,
};
for (let step = 0; step < steps; step++) {
  if (step === warmup) [report.residentAfterWarmup, report.tensorsAfterWarmup] = measure();
  if (step % STRETCH === 0) await program.startPipeline('train', { ...plan, seeds: plan.seeds.map((s) => s + step) });
  const { loss } = await program.call('train', { seed: Int32Array.of(step, 1), lr: Float32Array.of(0.01) });
  report.losses.push(loss!.data[0]!);
}
[report.resident, report.tensors] = measure();
const hash = createHash('sha256');
for (const [name, { buffer, byteOffset, byteLength }] of await program.readState()) {
  hash.update(name).update(Buffer.from(buffer, byteOffset, byteLength));
}
report.state = hash.digest('hex');
program.dispose();
process.stdout.write(JSON.stringify(report));

function measure(): [number, number] {
  globalThis.gc?.();
  return [process.memoryUsage.rss(), engine.binding!.getNumOfTensors()];
}
