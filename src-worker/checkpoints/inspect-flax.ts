import type { InspectedTraining, Inspection } from '../../src-shared/checkpoints/inspection.ts';
import { namingOf } from '../../src-shared/checkpoints/names.ts';
import type { ArchitectureHints } from '../../src-shared/checkpoints/read-architecture.ts';
import { weightDtypeOfName } from '../../src-shared/flax/numpy-name.ts';
import { readStateLayout, type StateLayout } from '../../src-shared/flax/state-layout.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import { variantNameOf } from '../../src-shared/models/variant-name.ts';
import { sortedTensors, tryLayout } from './inspection-parts.ts';
import { openFlax } from './open-flax.ts';
import { flaxLayout } from './read-flax.ts';
import type { StateFile } from './state-file.ts';

/**
 * Says what a state is that flax wrote: its parameters, and what it holds for the training to go on.
 * @throws AppError not_found, bad_file, bad_checkpoint
 */
export async function inspectFlax(path: string, hints: ArchitectureHints): Promise<Inspection> {
  const state = await openFlax(path);
  try {
    const packed = new Set(
      state.leaves.filter(({ dtype }) => state.packed && weightDtypeOfName(dtype)).map((l) => l.name),
    );
    const sha256 = await state.readThrough(
      (name) => packed.has(name),
      () => {},
    );
    const layout = readStateLayout(state.leaves);
    const { reading, missing, error } = tryLayout(() => flaxLayout(state, hints));
    const tensors = [...layout.params].map(([name, { shape, dtype }]) => ({ name, shape, dtype }));
    const architecture = reading?.architecture ?? null;
    return {
      path,
      bytes: state.size,
      sha256,
      parameters: tensors.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0),
      naming: namingOf(layout.params.keys()),
      variant: architecture && variantNameOf(architecture),
      architecture,
      training: await trainingOf(state, layout),
      labels: null,
      preprocessing: null,
      provenance: null,
      tensors: sortedTensors(tensors),
      unused: [...(reading?.unused ?? []), ...unusedOf(layout)],
      missing,
      notes: reading?.notes ?? [],
      error,
    };
  } finally {
    await state.close();
  }
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
