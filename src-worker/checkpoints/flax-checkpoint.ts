import type { InspectedTraining } from '../../src-shared/checkpoints/inspection.ts';
import { namingOf } from '../../src-shared/checkpoints/names.ts';
import { same } from '../../src-shared/checkpoints/layouts/slot.ts';
import type { ArchitectureHints } from '../../src-shared/checkpoints/read-architecture.ts';
import { weightDtypeOfName } from '../../src-shared/flax/numpy-name.ts';
import { readStateLayout, type StateLayout } from '../../src-shared/flax/state-layout.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import type { CheckpointReading, OpenCheckpoint } from './opened-checkpoint.ts';
import { openFlax } from './open-flax.ts';
import { flaxLayout } from './read-flax.ts';
import type { StateFile } from './state-file.ts';
import type { TensorFile } from './tensor-entry.ts';

/** Opens a state that flax wrote for its parameters. @throws AppError not_found, bad_file, bad_checkpoint */
export async function openFlaxCheckpoint(path: string): Promise<OpenCheckpoint> {
  const state = await openFlax(path);
  try {
    const layout = readStateLayout(state.leaves);
    return {
      file: paramsFile(state, layout),
      naming: namingOf(layout.params.keys()),
      described: null,
      notes: [],
      training: await trainingOf(state, layout),
      describe: (hints) => describe(state, hints),
    };
  } catch (error) {
    await state.close();
    throw error;
  }
}

/** The parameters by vit_jax's names; the rest of the state is hashed, and read where only that proves it sound. */
function paramsFile(state: StateFile, { params }: StateLayout): TensorFile {
  const nameOf = new Map([...params].map(([name, leaf]) => [leaf.name, name]));
  const proven = new Set(
    state.leaves.filter(({ dtype }) => state.packed && weightDtypeOfName(dtype)).map(({ name }) => name),
  );
  return {
    path: state.path,
    size: state.size,
    entries: [...params].map(([name, { shape, dtype }]) => ({ name, shape, dtype })),
    readThrough: (wanted, visit) =>
      state.readThrough(
        (leaf) => proven.has(leaf) || (nameOf.has(leaf) && wanted(nameOf.get(leaf)!) !== 'skip'),
        (leaf, tensor) => {
          const name = nameOf.get(leaf);
          if (name !== undefined && wanted(name) !== 'skip') visit(name, tensor);
        },
      ),
    close: () => state.close(),
  };
}

function describe(state: StateFile, hints: ArchitectureHints): CheckpointReading {
  const { architecture, layout, fileNames, notes, unused } = flaxLayout(state, hints);
  return {
    architecture,
    slots: [...paramsOf(architecture)].map(([linen, { shape }]) => same(linen, fileNames.get(linen)!, shape)),
    labels: null,
    preprocessing: null,
    provenance: null,
    unused: [...unused, ...unusedOf(layout)],
    notes: [`Layout: ${layout.title}.`, ...notes],
  };
}

async function trainingOf(state: StateFile, { title, step, optimizer }: StateLayout): Promise<InspectedTraining> {
  return {
    title,
    step: step && (await state.integer(step)),
    optimizer: optimizer && {
      updates: optimizer.count && (await state.integer(optimizer.count)),
      momentum: optimizer.trace && [...new Set([...optimizer.trace.values()].map(({ dtype }) => dtype))],
      values: optimizer.leaves.length,
    },
  };
}

/** An optimizer's state is used by a run that goes on; of another optimizer, nothing is. */
function unusedOf({ optimizer, others }: StateLayout): string[] {
  const used = new Set([...(optimizer?.trace?.values() ?? []), optimizer?.count]);
  return [...(optimizer?.leaves.filter((leaf) => !used.has(leaf)) ?? []), ...others].map(({ name }) => name);
}
