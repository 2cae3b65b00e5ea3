import { linenNames, linenShape } from '../../src-shared/checkpoints/names.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { NamedTensor, Params } from '../../src-shared/models/params.ts';
import { openNpz } from '../checkpoints/npz-file.ts';
import { fileOf, type ParityCase } from './cases.ts';

/** All arrays of one of a case's .npz files, by their names there. Integers up to 2^24 are exact. */
export async function readArrays(parityCase: ParityCase, file: string): Promise<Map<string, NamedTensor>> {
  const npz = await openNpz(fileOf(parityCase, file));
  try {
    const arrays = new Map<string, NamedTensor>();
    for (const { name } of npz.entries) arrays.set(name, await npz.read(name));
    return arrays;
  } finally {
    await npz.close();
  }
}

/** A checkpoint of a case, published names and shapes or linen ones, as the program has them. */
export async function readParams(parityCase: ParityCase, file: string): Promise<Params> {
  return underLinenNames(await readArrays(parityCase, file));
}

export function underLinenNames(arrays: ReadonlyMap<string, NamedTensor>): Params {
  const names = linenNames(arrays.keys());
  return new Map(
    [...arrays].map(([name, { shape, data }]) => {
      const linen = names.get(name)!;
      return [linen, { shape: linenShape(linen, shape), data }];
    }),
  );
}

/** @throws AppError bad_checkpoint when there is no such array */
export function arrayNamed(arrays: ReadonlyMap<string, NamedTensor>, name: string): NamedTensor {
  const array = arrays.get(name);
  if (!array) throw new AppError('bad_checkpoint', `There is no array "${name}" where one was expected.`);
  return array;
}

/** The arrays whose names begin with `prefix`, without it. */
export function withoutPrefix(arrays: ReadonlyMap<string, NamedTensor>, prefix: string): Map<string, NamedTensor> {
  const selected = [...arrays].filter(([name]) => name.startsWith(prefix));
  return new Map(selected.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
