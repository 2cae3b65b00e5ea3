import { checkpointFail, someNames } from '../../src-shared/checkpoints/checkpoint-error.ts';
import type { ArchitectureHints, ArchitectureReading } from '../../src-shared/checkpoints/read-architecture.ts';
import { momentumOf, readStateLayout, type StateLayout } from '../../src-shared/flax/state-layout.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';
import { namesByLinen, readLayout } from './checkpoint-layout.ts';
import type { Checkpoint } from './checkpoint.ts';
import { locateCheckpoint } from './locate-checkpoint.ts';
import { nonFiniteError, nonFiniteIn, nonFiniteInWords, type NonFinite } from './non-finite.ts';
import { openFlax } from './open-flax.ts';
import type { StateFile } from './state-file.ts';

/** A run of vit_jax where it stopped. */
export interface TrainingPoint {
  checkpoint: Checkpoint;
  /** SGD's momentum by linen name; bfloat16 values as float32. */
  trace: Params;
  /** Updates made. */
  step: number;
}

/** What an open state is; errors name its file. */
export interface FlaxReading extends ArchitectureReading {
  layout: StateLayout;
  /** Name in the program → name in the file. */
  fileNames: ReadonlyMap<string, string>;
}

/** @throws AppError bad_checkpoint */
export function flaxLayout(state: StateFile, hints: ArchitectureHints = {}): FlaxReading {
  const layout = readStateLayout(state.leaves);
  const tensors = { path: state.path, entries: [...layout.params].map(([name, { shape }]) => ({ name, shape })) };
  const reading = readLayout(tensors, hints, null);
  return { ...reading, layout, fileNames: namesByLinen(tensors) };
}

/**
 * Reads a training state of vit_jax: parameters, momentum and how many updates were made.
 * @param path of the file, or of a workdir with it
 * @throws AppError not_found, bad_file, bad_checkpoint where it holds no such state
 */
export async function readTrainingPoint(
  path: string,
  { allowNan = false }: { allowNan?: boolean } = {},
): Promise<TrainingPoint> {
  const located = await locateCheckpoint(path);
  if (located.format !== 'flax') {
    throw checkpointFail(located.path)('it holds weights alone, no run that could go on.', {
      hint: '--continue takes a workdir of vit_jax. A run of Vitrine goes on when its own command is given again.',
    });
  }
  const state = await openFlax(located.path);
  try {
    const reading = flaxLayout(state);
    momentumOf(reading.layout, located.path);
    const { checkpoint, trace } = await readState(state, reading, allowNan);
    const step = await stepOf(state, reading.layout, checkpoint.notes);
    return { checkpoint, trace, step };
  } finally {
    await state.close();
  }
}

async function readState(
  state: StateFile,
  { architecture, layout, fileNames, notes, unused }: FlaxReading,
  allowNan: boolean,
): Promise<{ checkpoint: Checkpoint; trace: Params }> {
  notes.unshift(`Layout: ${layout.title}.`);
  if (unused.length > 0) notes.push(`Not used: ${someNames(unused)}.`);
  const found = { params: new Map<string, NamedTensor>(), trace: new Map<string, NamedTensor>() };
  const wanted = new Map<string, { into: Map<string, NamedTensor>; linen: string }>();
  const nonFinite: NonFinite[] = [];
  const specs = paramsOf(architecture);
  for (const linen of specs.keys()) {
    const name = fileNames.get(linen)!;
    wanted.set(layout.params.get(name)!.name, { into: found.params, linen });
    wanted.set(layout.optimizer!.trace!.get(name)!.name, { into: found.trace, linen });
  }
  const sha256 = await state.readThrough(
    (name) => wanted.has(name),
    (name, { data }) => {
      const bad = nonFiniteIn(name, data);
      if (bad) nonFinite.push(bad);
      const { into, linen } = wanted.get(name)!;
      into.set(linen, { shape: specs.get(linen)!.shape, data });
    },
  );
  if (nonFinite.length > 0) {
    if (!allowNan) throw nonFiniteError(state.path, nonFinite);
    notes.push(`Weights that are NaN or infinite: ${nonFiniteInWords(nonFinite)}.`);
  }
  const inOrder = (tensors: Map<string, NamedTensor>): Params =>
    new Map([...specs.keys()].flatMap((name) => (tensors.has(name) ? [[name, tensors.get(name)!]] : [])));
  return {
    checkpoint: {
      params: inOrder(found.params),
      architecture,
      labels: null,
      preprocessing: null,
      provenance: null,
      sha256,
      notes,
    },
    trace: inOrder(found.trace),
  };
}

/** The optimizer's own count: the learning rate follows it. vit_jax's number of the step is the same at first. */
async function stepOf(state: StateFile, { step, optimizer }: StateLayout, notes: string[]): Promise<number> {
  const fail = checkpointFail(state.path);
  const given = step && (await state.integer(step));
  const counted = optimizer?.count ? await state.integer(optimizer.count) : null;
  const updates = counted ?? given;
  if (updates === null) throw fail('it says neither which step it is of nor how many updates were made.');
  if (updates < 0) throw fail(`it says that ${updates} updates were made.`);
  if (given !== null && given !== updates) {
    notes.push(
      `Its step is ${given}, but its optimizer made ${updates} updates (vit_jax repeats a step's number when it goes on): ` +
        'the updates count.',
    );
  }
  return updates;
}
