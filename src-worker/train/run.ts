import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunConfig } from '../../src-shared/config/run-config.ts';
import { configHash } from '../../src-shared/config/identity.ts';
import type { TrainEvent, TrainInput, TrainResult } from '../../src-shared/contract/worker.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { findSidecar, sha256Of } from '../checkpoints/checkpoint-layout.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import { writeCheckpoint } from '../checkpoints/write-checkpoint.ts';
import { ImagePipeline } from '../data/image-pipeline.ts';
import { describeEngine } from '../engine/describe.ts';
import { createProgram } from '../engine/create-program.ts';
import type { Program } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import type { JobContext } from '../job.ts';
import { loadParams } from '../models/predict-program.ts';
import { checkSameRun, loadState, readRun, removeLeftovers, savedStep, saveState, writeRun } from './run-files.ts';
import { checkTrainable, describeStart, startParams, targetArchitecture } from './start.ts';
import { evalBatch, microBatches } from './batch-sizes.ts';
import { TrainLoop } from './train-loop.ts';
import { PARAMS, TRACE, trainProgram } from './train-program.ts';
import { recorded } from './run-record.ts';
import type { RunContext } from './run-record.ts';
import { lockWorkdir } from './workdir-lock.ts';

const MODEL_FILE = 'model.npz';

/**
 * Fine-tunes a checkpoint in a workdir: begins, or goes on where the workdir stands. Resuming gives the numbers that an
 * uninterrupted run gives (same machine kind, same thread count). At the end `model.npz` holds the result.
 * @throws AppError conflict (another run's workdir, or in use), bad_checkpoint, bad_dataset, config, disk_full.
 */
export async function train(input: TrainInput, context: JobContext<TrainEvent>): Promise<TrainResult> {
  const { config } = input;
  context.emit({ type: 'phase', phase: 'loading', step: 0 });
  // Before the workdir is touched: a bad checkpoint leaves nothing behind.
  const checkpoint = await readCheckpoint(input.checkpoint);
  const architecture = targetArchitecture(config, checkpoint, input.classNames.length);
  const { socket, unlock } = lockWorkdir(input.workdir);
  try {
    return await recorded(input, { context, socket }, (context) =>
      trainLocked(input, { context, checkpoint, architecture }),
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
}

async function trainLocked(input: TrainInput, { context, checkpoint, architecture }: Start): Promise<TrainResult> {
  const { workdir, config, classNames } = input;
  const note = (text: string): void => context.emit({ type: 'note', text });
  const identity = {
    config,
    configHash: configHash(config),
    manifestHash: input.manifestHash,
    checkpoint: checkpoint.sha256,
    classNames,
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
    return { ...unchanged(config, step ?? 0), state: 'interrupted', model: null, engine: known?.engine ?? null };
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

  await context.begin(resumed?.step ?? 0);
  const program = await createProgram(engine, programSpec(input, architecture, engine));
  try {
    if (resumed) {
      note(`Resuming after step ${resumed.step}.`);
      await program.writeState(new Map([...resumed.state].map(([name, { data }]) => [name, data])));
    } else {
      const loaded = startParams(checkpoint, architecture, config.seed);
      describeStart(loaded, checkpoint.architecture, architecture).forEach(note);
      await loadParams(program, loaded.params, PARAMS);
    }
    const save = async (step: number): Promise<void> => {
      context.emit({ type: 'phase', phase: 'saving', step });
      await saveState(workdir, step, await readTensors(program, architecture, [PARAMS, TRACE]));
      context.emit({ type: 'checkpoint', step });
    };
    const loop = new TrainLoop({ program, input, context, save, startStep: resumed?.step ?? 0 });
    const outcome = await loop.run();
    const model =
      outcome.state === 'done'
        ? await writeModel(input, { program, architecture, engine, base: checkpoint.sha256 })
        : null;
    return { ...outcome, totalSteps: config.total_steps, model, engine: describeEngine(engine) };
  } finally {
    program.dispose();
  }
}

/** The model of a run that is done: complete, with the description that belongs to it. Null otherwise. */
async function finishedModel(workdir: string, totalSteps: number): Promise<string | null> {
  const path = join(workdir, MODEL_FILE);
  if (!existsSync(path) || (await savedStep(workdir)) !== totalSteps) return null;
  const { sidecar } = await findSidecar(path, await sha256Of(path));
  return sidecar ? path : null;
}

/** The result of a call that made no update. */
function unchanged(config: RunConfig, step: number): Pick<TrainResult, 'step' | 'totalSteps' | 'metrics' | 'stepsRun'> {
  return { step, totalSteps: config.total_steps, metrics: {}, stepsRun: 0 };
}

function programSpec(
  { config, test }: TrainInput,
  architecture: Architecture,
  engine: Engine,
): ReturnType<typeof trainProgram> {
  const { model } = config;
  const accumSteps = microBatches(config);
  const microBatch = config.batch / accumSteps;
  const common = {
    parallelism: engine.threads.intra,
    resolution: architecture.imageSize,
    cropAreaMin: config.vitrine.crop_area_min,
    flip: config.vitrine.flip,
  };
  return trainProgram({
    architecture,
    microBatch,
    accumSteps,
    gradNormClip: config.grad_norm_clip,
    // A Mixer has no dropout.
    dropoutRate: 'transformer' in model ? model.transformer.dropout_rate : 0,
    attentionDropoutRate: 'transformer' in model ? model.transformer.attention_dropout_rate : 0,
    pipeline: new ImagePipeline({ ...common, name: 'train', mode: 'train', batch: microBatch }),
    ...(test.paths.length > 0
      ? {
          evalPipeline: new ImagePipeline({
            ...common,
            name: 'eval',
            mode: 'eval',
            batch: evalBatch(config, test.paths.length),
          }),
        }
      : {}),
  });
}

async function readTensors(
  program: Program,
  architecture: Architecture,
  prefixes: string[],
): Promise<Map<string, NamedTensor>> {
  const specs = paramsOf(architecture);
  const names = prefixes.flatMap((prefix) => [...specs.keys()].map((name) => prefix + name));
  const values = await program.readState(names);
  return new Map(
    names.map((name) => [name, { shape: program.spec.state[name]!.shape, data: values.get(name) as Float32Array }]),
  );
}

interface ModelOptions {
  program: Program;
  architecture: Architecture;
  engine: Engine;
  /** SHA-256 of the checkpoint the run started from. */
  base: string;
}

async function writeModel(input: TrainInput, { program, architecture, engine, base }: ModelOptions): Promise<string> {
  const { config, classNames, workdir } = input;
  const tensors = await readTensors(program, architecture, [PARAMS]);
  const params: Params = new Map([...tensors].map(([name, tensor]) => [name.slice(PARAMS.length), tensor]));
  const path = join(workdir, MODEL_FILE);
  await writeCheckpoint(path, {
    params,
    architecture,
    labels: classNames,
    preprocessing: {
      resolution: [...architecture.imageSize],
      resize: 'bilinear',
      range: '[-1, 1]',
      exif: config.vitrine.exif,
    },
    provenance: {
      startedFrom: base,
      dataset: input.manifestHash,
      config: configHash(config),
      steps: config.total_steps,
      seed: config.seed,
      engine: `${engine.kind} ${engine.version}`,
      versions: input.versions,
    },
  });
  return path;
}
