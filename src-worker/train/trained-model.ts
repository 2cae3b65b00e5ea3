import { paramsOf } from '../../src-shared/models/family-params.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';
import type { Program } from '../engine/program.ts';
import { EMA } from './ema.ts';
import { PARAMS } from './train-program.ts';

/** States of a program with their shapes. */
export async function readTensors(program: Program, names: string[]): Promise<Map<string, NamedTensor>> {
  const values = await program.readState(names);
  return new Map(
    names.map((name) => [name, { shape: program.spec.state[name]!.shape, data: values.get(name) as Float32Array }]),
  );
}

/**
 * The whole model that a run has made, in its own order: the running means where they are kept, the parameters where
 * not, and what its program doesn't hold from `frozen`.
 */
export async function trainedModel(program: Program, architecture: Architecture, frozen: Params): Promise<Params> {
  const names = [...paramsOf(architecture).keys()];
  const { state: states } = program.spec;
  const held = new Map(
    names.flatMap((name) => {
      const state = [EMA + name, PARAMS + name].find((state) => state in states);
      return state === undefined ? [] : [[name, state] as const];
    }),
  );
  const tensors = await readTensors(program, [...held.values()]);
  return new Map(
    names.map((name) => {
      const state = held.get(name);
      return [name, state === undefined ? frozen.get(name)! : tensors.get(state)!];
    }),
  );
}
