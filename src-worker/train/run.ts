import { isPackedPath } from '../../src-shared/data/packed-path.ts';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { MeasuredEvaluation } from '../../src-shared/checkpoints/layouts/card-front-matter.ts';
import { preparationFor } from '../../src-shared/checkpoints/preprocessing.ts';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { RunConfig } from '../../src-shared/config/run-config.ts';
import { configHash } from '../../src-shared/config/identity.ts';
import type { TrainEvent, TrainInput, TrainResult } from '../../src-shared/contract/worker.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { Params } from '../../src-shared/models/params.ts';
import { mixes } from '../../src-shared/data/mix-plan.ts';
import { frozenModules, trainedNames } from '../../src-shared/models/trained-params.ts';
import { belongingTo, loadSidecar, sha256Of } from '../checkpoints/checkpoint-layout.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import { readTrainingPoint, type TrainingPoint } from '../checkpoints/read-flax.ts';
import { writeCheckpoint } from '../checkpoints/write-checkpoint.ts';
import { ImagePipeline } from '../data/image-pipeline.ts';
import { describeEngine } from '../engine/describe.ts';
import { createProgram } from '../engine/create-program.ts';
import type { Program } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { fingerprintOf } from '../evaluate/fingerprint-of.ts';
import type { JobContext } from '../job.ts';
import { moveParams } from '../models/predict-program.ts';
import { checkSameRun, loadState, readRun, removeLeftovers, savedStep, saveState, writeRun } from './run-files.ts';
import { checkContinued, describeContinued } from './continue-run.ts';
import { checkDisk } from './disk-check.ts';
import { metricsAt } from './metrics-log.ts';
import {
  checkMixing,
  checkTrainable,
  describeImages,
  describeStart,
  describeTrained,
  startParams,
  targetArchitecture,
} from './start.ts';
import { evalBatch, microBatches } from './batch-sizes.ts';
import { TrainLoop } from './train-loop.ts';
import { openLinearProbe, type OpenProbe } from './linear-probe.ts';
import { optimizerOf, sharpnessOf } from './optimizers.ts';
import { PARAMS, pointState, statesToKeep, trainProgram, type TrainProgramOptions } from './train-program.ts';
import { readTensors, trainedModel } from './trained-model.ts';
import { recorded } from './run-record.ts';
import type { RunContext } from './run-record.ts';
import { lockWorkdir } from './workdir-lock.ts';

const MODEL_FILE = 'model.npz';

/**
 * Fine-tunes a checkpoint in a workdir: begins, goes on with a run of vit_jax, or goes on where the workdir stands.
 * Resuming gives the numbers that an uninterrupted run gives (same machine kind, same thread count). At the end
 * `model.npz` holds the result.
 * @throws AppError conflict (another run's workdir, or in use), bad_checkpoint, bad_dataset, config, disk_full.
 */
export async function train(input: TrainInput, context: JobContext<TrainEvent>): Promise<TrainResult> {
  const { config } = input;
  context.emit({ type: 'phase', phase: 'loading', step: 0 });
  // Before the workdir is touched: a bad checkpoint leaves nothing behind.
  const { checkpoint, continued } = await readStart(input);
  const architecture = targetArchitecture(config, checkpoint, input.classNames.length);
  checkMixing(config);
  const trained = trainedNames(architecture, config.vitrine);
  if (continued) checkContinued(input, { from: checkpoint.architecture, to: architecture, step: continued.step });
  await checkDisk(input.workdir, { config, architecture });
  const prepared = preparationFor(input.checkpoint, checkpoint, architecture.imageSize);
  // Whether photographs are turned is the run's own choice: the files it is given already are.
  const preprocessing = { ...prepared.preprocessing, exif: config.vitrine.exif };
  const { socket, unlock } = lockWorkdir(input.workdir);
  try {
    return await recorded(input, { context, socket }, (context) =>
      trainLocked(input, {
        context,
        checkpoint,
        architecture,
        trained,
        continued,
        preprocessing,
        notes: [...prepared.notes, ...describeTrained(architecture, trained)],
      }),
    );
  } finally {
    unlock();
  }
}

interface Start {
  context: RunContext;
  checkpoint: Checkpoint;
  /** Of the model that is trained. */
  architecture: Architecture;
  /** Names of the parameters that learn. */
  trained: readonly string[];
  /** Momentum and step of the run that goes on; null for one that begins. */
  continued: Pick<TrainingPoint, 'trace' | 'step'> | null;
  preprocessing: Preprocessing;
  /** What a person should know of it. */
  notes: string[];
}

async function readStart(input: TrainInput): Promise<Pick<Start, 'checkpoint' | 'continued'>> {
  const { allowNan } = input;
  if (!input.continueRun) return { checkpoint: await readCheckpoint(input.checkpoint, { allowNan }), continued: null };
  const { checkpoint, ...continued } = await readTrainingPoint(input.checkpoint, { allowNan });
  return { checkpoint, continued };
}

async function trainLocked(input: TrainInput, start: Start): Promise<TrainResult> {
  const { context, checkpoint, architecture, continued, preprocessing } = start;
  const { workdir, config, classNames } = input;
  const note = (text: string): void => context.emit({ type: 'note', text });
  const identity = {
    config,
    configHash: configHash(config),
    manifestHash: input.manifestHash,
    checkpoint: checkpoint.sha256,
    ...(continued ? { continuedAfter: continued.step } : {}),
    classNames,
    preprocessing,
  };
  const known = await readRun(workdir);
  if (known) {
    checkSameRun(workdir, known, identity);
    const model = await finishedModel(workdir, config.total_steps);
    if (model !== null) return { ...unchanged(config, config.total_steps), state: 'done', model, engine: known.engine };
  }
  await removeLeftovers(workdir);
  if (context.signal.aborted) {
    const step = known ? await savedStep(workdir) : null;
    return {
      ...unchanged(config, step ?? continued?.step ?? 0),
      state: 'interrupted',
      model: null,
      engine: known?.engine ?? null,
    };
  }
  const engine = await loadEngine();
  checkTrainable(engine, architecture);
  const resumed = known ? await loadState(workdir) : null;
  if (known && known.engine.threads.intra !== engine.threads.intra) {
    note(
      `This run began with ${known.engine.threads.intra} threads and goes on with ${engine.threads.intra}: the last digits may differ.`,
    );
  }
  if (!known)
    await writeRun(workdir, { format: 'vitrine-run', version: 1, ...identity, engine: describeEngine(engine) });

  start.notes.forEach(note);
  describeImages(preprocessing).forEach(note);
  await context.begin(resumed?.step ?? continued?.step ?? 0);
  const opened = await openProgram(input, { ...start, engine });
  if (opened === null) {
    return {
      ...unchanged(config, resumed?.step ?? 0),
      state: 'interrupted',
      model: null,
      engine: describeEngine(engine),
    };
  }
  const { program, frozen } = opened;
  try {
    if (resumed) {
      note(`Resuming after step ${resumed.step}.`);
      await moveParams(program, resumed.state);
    } else if (continued) {
      describeContinued(checkpoint, continued.step).forEach(note);
      await program.takeState(pointState(checkpoint.params, continued.trace));
    } else {
      const loaded = startParams(checkpoint, architecture, config.seed);
      describeStart(loaded, checkpoint.architecture, architecture).forEach(note);
      const held = [...loaded.params].filter(([name]) => PARAMS + name in program.spec.state);
      await moveParams(program, new Map(held), PARAMS); // the checkpoint's are gone with them
    }
    const save = async (step: number): Promise<void> => {
      context.emit({ type: 'phase', phase: 'saving', step });
      await saveState(workdir, step, await readTensors(program, statesToKeep(program.spec)));
      context.emit({ type: 'checkpoint', step });
    };
    const loop = new TrainLoop({ program, input, context, save, startStep: resumed?.step ?? continued?.step ?? 0 });
    const outcome = await loop.run();
    const model = outcome.state === 'done' ? await writeModel(input, { ...start, program, frozen, engine }) : null;
    return { ...outcome, totalSteps: config.total_steps, model, engine: describeEngine(engine) };
  } finally {
    program.dispose();
  }
}

/** The model of a run that is done: complete, with the description that belongs to it. Null otherwise. */
async function finishedModel(workdir: string, totalSteps: number): Promise<string | null> {
  const path = join(workdir, MODEL_FILE);
  if (!existsSync(path) || (await savedStep(workdir)) !== totalSteps) return null;
  const { sidecar } = belongingTo(await loadSidecar(path), path, await sha256Of(path));
  return sidecar ? path : null;
}

/** The result of a call that made no update. */
function unchanged(config: RunConfig, step: number): Pick<TrainResult, 'step' | 'totalSteps' | 'metrics' | 'stepsRun'> {
  return { step, totalSteps: config.total_steps, metrics: {}, stepsRun: 0 };
}

/** What trains, and the part of the model that isn't in it; null when it was stopped before that was made. */
async function openProgram(input: TrainInput, start: Start & { engine: Engine }): Promise<OpenProbe | null> {
  const { config, train, test } = input;
  const { architecture, preprocessing, engine } = start;
  const training = trainingOptions(config, start);
  const testBatch = evalBatch(config, test.paths.length);
  if (config.vitrine.train === 'probe') return openLinearProbe(input, { ...start, evalBatch: testBatch, training });
  const common = {
    parallelism: engine.threads.intra,
    preprocessing,
    cropAreaMin: config.vitrine.crop_area_min,
    flip: config.vitrine.flip,
  };
  const pipeline = new ImagePipeline({
    ...common,
    name: 'train',
    mode: 'train',
    batch: training.microBatch,
    packed: train.paths.some(isPackedPath),
    augmentation: config.vitrine.aug,
  });
  const evalPipeline = new ImagePipeline({
    ...common,
    name: 'eval',
    mode: 'eval',
    batch: testBatch,
    packed: test.paths.some(isPackedPath),
  });
  const spec = trainProgram({ ...training, pipeline, ...(testBatch > 0 ? { evalPipeline } : {}) });
  return { program: await createProgram(engine, spec), frozen: new Map() };
}

/** How a configuration trains, wherever its batches come from. */
function trainingOptions(
  config: RunConfig,
  { architecture, trained }: Pick<Start, 'architecture' | 'trained'>,
): TrainProgramOptions {
  const { model, vitrine } = config;
  const accumSteps = microBatches(config);
  return {
    architecture,
    microBatch: config.batch / accumSteps,
    accumSteps,
    gradNormClip: config.grad_norm_clip,
    optimizer: optimizerOf(vitrine.optim, architecture),
    sharpness: sharpnessOf(vitrine.optim, config.base_lr),
    ema: vitrine.ema,
    trained,
    // A Mixer has no dropout.
    dropoutRate: 'transformer' in model ? model.transformer.dropout_rate : 0,
    attentionDropoutRate: 'transformer' in model ? model.transformer.attention_dropout_rate : 0,
    mixing: mixes(vitrine.aug),
    labelSmoothing: vitrine.label_smoothing,
    dropPathRate: vitrine.stochastic_depth,
    precision: vitrine.precision,
    recompute: vitrine.recompute,
  };
}

interface ModelOptions extends Omit<Start, 'context' | 'notes'> {
  program: Program;
  /** Parameters that the program doesn't hold. */
  frozen: Params;
  engine: Engine;
}

async function writeModel(
  input: TrainInput,
  { program, frozen, architecture, trained, engine, checkpoint, continued, preprocessing }: ModelOptions,
): Promise<string> {
  const { config, classNames, workdir } = input;
  const params = await trainedModel(program, architecture, frozen);
  const path = join(workdir, MODEL_FILE);
  await writeCheckpoint(path, {
    params,
    architecture,
    fingerprint: await fingerprintOf({ params, architecture }, engine),
    labels: classNames,
    preprocessing,
    provenance: {
      startedFrom: checkpoint.sha256,
      ...(continued ? { continuedAfter: continued.step } : {}),
      dataset: input.manifestHash,
      config: configHash(config),
      steps: config.total_steps,
      seed: config.seed,
      ...(config.vitrine.ema > 0 ? { weights: 'ema' } : {}),
      ...learned(config, frozenModules(architecture, trained)),
      engine: `${engine.kind} ${engine.version}`,
      versions: input.versions,
      ...evaluationOf(input),
    },
  });
  return path;
}

/** What of the model learned, where that isn't everything. */
function learned({ vitrine }: RunConfig, frozen: readonly string[]): { train?: string; frozen?: readonly string[] } {
  if (frozen.length === 0) return {};
  return { train: vitrine.train === 'blocks' ? `blocks ${vitrine.train_blocks}` : vitrine.train, frozen };
}

/** What the run's last evaluation of the model that is kept gave, on all images of the test split. */
function evaluationOf({ workdir, config, test }: TrainInput): { evaluation?: MeasuredEvaluation } {
  const metrics = metricsAt(workdir, config.total_steps);
  const suffix = config.vitrine.ema > 0 ? '_ema' : '';
  const [accuracy, loss] = [metrics[`accuracy_test${suffix}`], metrics[`loss_test${suffix}`]];
  if (accuracy === undefined || loss === undefined || test.paths.length === 0) return {};
  const dataset = basename(config.dataset);
  return { evaluation: { dataset, split: config.pp.test, images: test.paths.length, accuracy, loss } };
}
