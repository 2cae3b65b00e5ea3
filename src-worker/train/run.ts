import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { preparationFor } from '../../src-shared/checkpoints/preprocessing.ts';
import type { RunConfig } from '../../src-shared/config/run-config.ts';
import { moreParts, possibleParts } from '../../src-shared/config/batch-parts.ts';
import { bestAtStart, isAtEnd } from '../../src-shared/config/best-so-far.ts';
import { configHash } from '../../src-shared/config/identity.ts';
import { targetArchitecture } from '../../src-shared/config/target-architecture.ts';
import { RUN_FILES } from '../../src-shared/contract/run-files.ts';
import type { TrainEvent, TrainInput, TrainResult } from '../../src-shared/contract/worker.ts';
import { trainedNames } from '../../src-shared/models/trained-params.ts';
import { belongingTo, loadSidecar, sha256Of } from '../checkpoints/checkpoint-layout.ts';
import { readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import { readTrainingPoint } from '../checkpoints/read-flax.ts';
import { describeEngine } from '../engine/describe.ts';
import { loadEngine } from '../engine/runtime.ts';
import type { JobContext } from '../job.ts';
import { moveParams } from '../models/predict-program.ts';
import {
  checkSameRun,
  loadState,
  readPoint,
  readRun,
  removeLeftovers,
  removeStates,
  saveState,
  writeRun,
} from './run-files.ts';
import type { RunIdentity, RunRecord } from './run-files.ts';
import { inParts, isOutOfMemory, partsAtStart } from './accumulation.ts';
import { checkSameBranch, readBranch } from './branch.ts';
import { bestOf, checkMeasured, describeBest, isExtendedAt, tellOrigin, tellRetry } from './course.ts';
import { checkFinite } from './diverged.ts';
import { extendedRun } from './extension.ts';
import { checkContinued, describeContinued } from './continue-run.ts';
import { checkDisk } from './disk-check.ts';
import { checkMixing, checkTrainable, describeImages, describeStart, describeTrained, startParams } from './start.ts';
import { microBatches } from './batch-sizes.ts';
import { TrainLoop } from './train-loop.ts';
import { PARAMS, pointState, statesToKeep } from './train-program.ts';
import { openProgram, specOf } from './open-program.ts';
import type { Attempt, Start } from './run-start.ts';
import { readTensors } from './trained-model.ts';
import { scoredAt, writeModel } from './write-model.ts';
import { recorded } from './run-record.ts';
import { lockWorkdir } from './workdir-lock.ts';

/**
 * Fine-tunes a checkpoint in a workdir: begins, goes on with a run of vit_jax, or goes on where the workdir stands.
 * Resuming gives the numbers that an uninterrupted run gives (same machine kind, same thread count). At the end
 * `model.npz` holds the result.
 * @throws AppError conflict (another run's workdir, or in use), bad_checkpoint, bad_dataset, config, disk_full.
 */
export async function train(input: TrainInput, context: JobContext<TrainEvent>): Promise<TrainResult> {
  const { config } = input;
  checkMeasured(input);
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
  const identity: RunIdentity = {
    config,
    configHash: configHash(config),
    manifestHash: input.manifestHash,
    checkpoint: checkpoint.sha256,
    ...(continued ? { continuedAfter: continued.step } : {}),
    classNames,
    preprocessing,
  };
  const found = await readRun(workdir);
  const point = found && (await readPoint(workdir));
  const known = found && input.extend ? extendedRun(found, { workdir, wanted: identity, point }) : found;
  if (known) {
    checkSameRun(workdir, known, identity);
    checkSameBranch(workdir, known, input.branch);
    const finished = await finishedResult(input, known);
    if (finished !== null) return finished;
  }
  await removeLeftovers(workdir);
  if (context.signal.aborted) {
    const step = point?.step ?? continued?.step ?? 0;
    return { ...unchanged(config, step), state: 'interrupted', model: null, engine: known?.engine ?? null };
  }
  const engine = await loadEngine();
  checkTrainable(engine, architecture);
  const parts = partsAtStart(input, known);
  // Before anything is written: a damaged state leaves the workdir as it is.
  const saved = known ? await loadState(workdir) : null;
  const branch =
    !known && input.branch ? await readBranch(input, input.branch, specOf(inParts(input, parts), start)) : null;
  if (known && known.engine.threads.intra !== engine.threads.intra) {
    note(
      `This run began with ${known.engine.threads.intra} threads and goes on with ${engine.threads.intra}: the last digits may differ.`,
    );
  }
  // The state first: a record without it would begin with the checkpoint's weights. Nor may a new run find an older one's.
  if (!known) await removeStates(workdir);
  if (branch) await saveState(workdir, { step: branch.saved.step, best: null }, branch.saved.state);
  let record: RunRecord = known ?? {
    ...{ format: 'vitrine-run', version: 1, ...identity, engine: describeEngine(engine) },
    ...(branch ? { branchedFrom: branch.origin } : {}),
  };
  if (parts !== microBatches(config)) record = { ...record, accumSteps: parts };
  if (!isDeepStrictEqual(record, found)) await writeRun(workdir, record);

  if (!found) input.notes?.forEach(note);
  start.notes.forEach(note);
  describeImages(preprocessing).forEach(note);
  const step = point?.step ?? branch?.origin.step ?? continued?.step ?? 0;
  const { batch } = config;
  await context.begin(step);
  tellOrigin(context, { found, record });
  if (known && input.afterOutOfMemory)
    tellRetry(context, { batch, step, from: known.accumSteps ?? microBatches(config), to: parts });
  const resumed = branch ? await loadState(workdir) : saved;
  for (let attempt: Attempt = { ...start, engine, record, parts, resumed }; ;) {
    try {
      return await trainInParts(input, attempt);
    } catch (error) {
      const to = isOutOfMemory(error) ? moreParts(attempt.parts, possibleParts(config)) : null;
      if (to === null) throw error;
      record = { ...attempt.record, accumSteps: to };
      await writeRun(workdir, record);
      const at = (await readPoint(workdir))?.step ?? step;
      tellRetry(context, { batch, step: at, from: attempt.parts, to });
      // The weights of the first attempt are gone with it.
      attempt = { ...attempt, ...(await readStart(input)), record, parts: to, resumed: await loadState(workdir) };
    }
  }
}

/** From the newest saved state, or from the start, as far as it goes. */
async function trainInParts(given: TrainInput, attempt: Attempt): Promise<TrainResult> {
  const { context, checkpoint, architecture, continued, engine, record, resumed } = attempt;
  const input = inParts(given, attempt.parts);
  const { workdir, config } = input;
  const note = (text: string): void => context.emit({ type: 'note', text });
  const opened = await openProgram(input, attempt);
  if (opened === null) {
    const step = resumed?.step ?? continued?.step ?? 0;
    return { ...unchanged(config, step), state: 'interrupted', model: null, engine: describeEngine(engine) };
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
    const files = { ...attempt, program, frozen };
    const best = bestAtStart(config, resumed?.best ?? null, isExtendedAt(record, resumed));
    const loop = new TrainLoop({
      ...{ program, input, context, best },
      startStep: resumed?.step ?? continued?.step ?? 0,
      save: async (step, best) => {
        context.emit({ type: 'phase', phase: 'saving', step });
        const state = await readTensors(program, statesToKeep(program.spec));
        checkFinite(step, state);
        await saveState(workdir, { step, best }, state);
        context.emit({ type: 'checkpoint', step });
      },
      keepBest: async (scored) => {
        await writeModel(given, { ...files, file: RUN_FILES.best, scored });
        context.emit({ type: 'milestone', what: 'best', step: scored.step, text: describeBest(scored) });
      },
    });
    // A kill between the two leaves a best state without its model.
    if (resumed && best?.kept && best.best?.step === resumed.step)
      await writeModel(given, { ...files, file: RUN_FILES.best, scored: best.best });
    const outcome = await loop.run();
    const { step } = outcome;
    const scored = scoredAt(given, step);
    const model =
      outcome.state === 'done' ? await writeModel(given, { ...files, file: RUN_FILES.model, step, scored }) : null;
    return {
      ...outcome,
      best: bestOf(workdir, outcome.best),
      totalSteps: config.total_steps,
      model,
      engine: describeEngine(engine),
    };
  } finally {
    program.dispose();
  }
}

/** The result of a run that is done: its model complete, with the description that belongs to it. Null otherwise. */
async function finishedResult({ workdir, config }: TrainInput, record: RunRecord): Promise<TrainResult | null> {
  const path = join(workdir, RUN_FILES.model);
  const point = await readPoint(workdir);
  if (!point || !isAtEnd(config, point, record) || !existsSync(path)) return null;
  const { sidecar } = belongingTo(await loadSidecar(path), path, await sha256Of(path));
  if (sidecar?.provenance['steps'] !== point.step) return null; // of before it was extended
  const best = bestOf(workdir, point.best ?? null);
  const stoppedEarly = point.step !== config.total_steps;
  return { ...unchanged(config, point.step), state: 'done', model: path, best, stoppedEarly, engine: record.engine };
}

/** The result of a call that made no update. */
function unchanged(
  config: RunConfig,
  step: number,
): Pick<TrainResult, 'step' | 'totalSteps' | 'metrics' | 'stepsRun' | 'best' | 'stoppedEarly'> {
  return { step, totalSteps: config.total_steps, metrics: {}, stepsRun: 0, best: null, stoppedEarly: false };
}
