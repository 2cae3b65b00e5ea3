import { mkdir, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { BestSoFar } from '../../src-shared/config/best-so-far.ts';
import { completeConfig } from '../../src-shared/config/complete-config.ts';
import { diffConfigs } from '../../src-shared/config/identity.ts';
import type { RunConfig } from '../../src-shared/config/run-config.ts';
import type { EngineInfo } from '../../src-shared/contract/engine.ts';
import type { NamedTensor } from '../../src-shared/models/params.ts';
import { openNpz } from '../checkpoints/npz-file.ts';
import { writeError, writeFileAtomically } from '../checkpoints/stage-file.ts';
import { writeNpz } from '../checkpoints/write-npz.ts';

/** What a workdir is: written once when the run begins, checked when it resumes. */
export interface RunRecord {
  format: 'vitrine-run';
  version: 1;
  config: RunConfig;
  configHash: string;
  /** Of the images and labels. */
  manifestHash: string;
  /** SHA-256 of the checkpoint the run started from. */
  checkpoint: string;
  /** Updates that vit_jax had made where the run goes on from its checkpoint; absent in one that began here. */
  continuedAfter?: number;
  /** The saved state of another run that this one began with; absent in one that began with a checkpoint's weights. */
  branchedFrom?: BranchOrigin;
  /** Each time that it was finished and went on: after which update, and the total_steps until then. */
  extended?: { after: number; totalSteps: number }[];
  /** Parts a batch is computed in where the configuration's accum_steps took too much memory, or left that to be found. */
  accumSteps?: number;
  classNames: string[];
  /** Of evaluation images, and the values of all; absent in runs of the version that knew AugReg's alone. */
  preprocessing?: Preprocessing;
  /** The engine of the first start: the same threads give the same bits. */
  engine: EngineInfo;
}

export interface BranchOrigin {
  /** Where the other run was then. */
  workdir: string;
  /** configHash of its configuration. */
  config: string;
  step: number;
  /** SHA-256 of the state's numbers. */
  state: string;
}

/** Where training stands: parameters and the optimizer's state beside it in an .npz. */
export interface TrainingPoint {
  format: 'vitrine-training-state';
  version: 1;
  /** Updates made. The plan's position is step × batch; its seed is the configuration's. */
  step: number;
  /** The .npz in the same folder. */
  file: string;
  sha256: string;
  /** Of a run that looks for its best evaluation. */
  best?: BestSoFar;
}

const RUN_FILE = 'run.json';
const FOLDER = 'checkpoints';
const LATEST = 'latest.json';

/** Reads the record of a workdir, or null in a new one. */
export async function readRun(workdir: string): Promise<RunRecord | null> {
  const text = await readFile(join(workdir, RUN_FILE), 'utf8').catch(absent);
  if (text === null) return null;
  try {
    const record = JSON.parse(text) as RunRecord;
    if (record.format === 'vitrine-run') return { ...record, config: completeConfig(record.config) };
  } catch {
    // falls through to the error below
  }
  throw new AppError('conflict', `${join(workdir, RUN_FILE)} is not a run of Vitrine.`, {
    hint: 'Choose another --workdir.',
  });
}

export async function writeRun(workdir: string, record: RunRecord): Promise<void> {
  await writeJson(join(workdir, RUN_FILE), record);
}

/** What a run is: a workdir that says otherwise is another's. */
export type RunIdentity = Pick<
  RunRecord,
  'config' | 'configHash' | 'manifestHash' | 'checkpoint' | 'continuedAfter' | 'classNames'
> &
  Required<Pick<RunRecord, 'preprocessing'>>;

/** Refuses to resume another run's workdir, and says what differs. */
export function checkSameRun(workdir: string, found: RunRecord, wanted: RunIdentity): void {
  const refuse = (what: string, hint?: string): never => {
    throw new AppError('conflict', `${workdir} belongs to another run: ${what}.`, {
      hint: hint ?? 'Choose another --workdir, or repeat the command that began this one.',
    });
  };
  const { resolution, exif } = wanted.preprocessing;
  if (found.configHash !== wanted.configHash) {
    const differing = diffConfigs(found.config, wanted.config).filter((d) => !d.mayChange);
    const what = differing.map((d) => `${d.path}=${JSON.stringify(d.a)} (not ${JSON.stringify(d.b)})`).join(', ');
    const longer = differing.some(({ path }) => path === 'total_steps')
      ? 'The learning rate follows total_steps, so a run keeps its length. Once it is finished, "vitrine runs extend" gives it more steps.'
      : undefined;
    refuse(`its configuration has ${what}`, longer);
  }
  if (found.checkpoint !== wanted.checkpoint) refuse('it started from another checkpoint');
  if (found.continuedAfter !== wanted.continuedAfter) {
    refuse(
      found.continuedAfter === undefined
        ? "it began with the checkpoint's weights and didn't continue its run"
        : `it continues the checkpoint's run after step ${found.continuedAfter}`,
    );
  }
  if (found.classNames.join('\n') !== wanted.classNames.join('\n'))
    refuse(`its classes are ${found.classNames.join(', ')}`);
  if (!isDeepStrictEqual(found.preprocessing ?? { ...plainResize(resolution), exif }, wanted.preprocessing))
    refuse('its checkpoint asked for images prepared otherwise');
  if (found.manifestHash !== wanted.manifestHash) refuse('its images or their labels have changed since');
}

/**
 * Writes a training state so that a kill at any moment leaves the one before: the numbers first, then the file that
 * points to them, each whole or not at all; only then older ones go.
 */
export async function saveState(
  workdir: string,
  { step, best }: { step: number; best: BestSoFar | null },
  state: ReadonlyMap<string, NamedTensor>,
): Promise<void> {
  const folder = join(workdir, FOLDER);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw writeError(error, folder);
  });
  const file = `step-${String(step).padStart(8, '0')}.npz`;
  const { sha256 } = await writeNpz(join(folder, file), state).catch(async (error: unknown) => {
    throw await withNumbers(error, folder, state);
  });
  const point: TrainingPoint = { format: 'vitrine-training-state', version: 1, step, file, sha256 };
  if (best) point.best = best;
  await writeJson(join(folder, LATEST), point);
  for (const other of await readdir(folder)) {
    if (other !== file && other !== LATEST) await rm(join(folder, other), { force: true });
  }
}

export interface SavedState {
  step: number;
  best: BestSoFar | null;
  sha256: string;
  state: Map<string, NamedTensor>;
}

/** The newest complete training state, or null. @throws AppError bad_file when it is damaged */
export async function loadState(workdir: string): Promise<SavedState | null> {
  const point = await readPoint(workdir);
  if (point === null) return null;
  const path = join(workdir, FOLDER, point.file);
  const { state, sha256 } = await readThrough(path).catch((error: unknown) => {
    throw damaged(path, workdir, error);
  });
  if (sha256 !== point.sha256) throw damaged(path, workdir);
  return { step: point.step, best: point.best ?? null, sha256, state };
}

/** All arrays of a file, and its hash. */
async function readThrough(path: string): Promise<{ state: Map<string, NamedTensor>; sha256: string }> {
  const npz = await openNpz(path);
  try {
    const state = new Map<string, NamedTensor>();
    const sha256 = await npz.readThrough(
      () => 'keep',
      (name, tensor) => void state.set(name, tensor),
    );
    return { state, sha256 };
  } finally {
    await npz.close();
  }
}

/** A full disk, with what the state needs and what there is now that its beginnings are removed again. */
async function withNumbers(error: unknown, folder: string, state: ReadonlyMap<string, NamedTensor>): Promise<unknown> {
  if (!(error instanceof AppError) || error.code !== 'disk_full') return error;
  const disk = await statfs(folder).catch(() => null);
  if (disk === null) return error;
  const needed = [...state.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  const free = disk.bavail * disk.bsize;
  const [needs, has] = [needed, free].map((bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`);
  return new AppError(
    'disk_full',
    `The disk is full: the training state needs ${needs} in ${folder}, and ${has} are free.`,
    {
      hint: 'The state before it is kept. Free some space and run the same command again.',
      details: { ...error.details, needed, free },
      cause: error,
    },
  );
}

/** What is known of the newest complete training state, or null before the first. @throws AppError bad_file */
export async function readPoint(workdir: string): Promise<TrainingPoint | null> {
  const path = join(workdir, FOLDER, LATEST);
  const text = await readFile(path, 'utf8').catch(absent);
  if (text === null) return null;
  try {
    const point = JSON.parse(text) as TrainingPoint;
    if (point.format === 'vitrine-training-state' && Number.isSafeInteger(point.step)) return point;
  } catch {
    // falls through to the error below
  }
  throw damaged(path, workdir);
}

function damaged(path: string, workdir: string, cause?: unknown): AppError {
  return new AppError('bad_file', `The training state ${path} is damaged or missing, so the run can't go on from it.`, {
    hint: `Put the file back, or remove ${join(workdir, FOLDER)} to begin the run again from its first step.`,
    details: { file: path },
    cause,
  });
}

/** Removes what a process that was killed while it wrote has left under temporary names. Only under the lock. */
export async function removeLeftovers(workdir: string): Promise<void> {
  const ours =
    /^\.(?:run\.json|(?:model|best)\.(?:npz|json))\..*\.tmp$|^metrics\.jsonl\.tmp$|^lock\.json\.\d+(?:\.stale)?$/;
  for (const name of await readdir(workdir)) {
    if (ours.test(name)) await rm(join(workdir, name), { force: true });
  }
}

/** Removes the states of a run that has no record any more, or none yet. */
export async function removeStates(workdir: string): Promise<void> {
  await rm(join(workdir, FOLDER), { recursive: true, force: true });
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, (sink) =>
    sink.write(new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)),
  );
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
