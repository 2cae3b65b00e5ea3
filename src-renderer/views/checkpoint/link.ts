import type { Checkpoint } from '../../../src-shared/contract/checkpoints.ts';
import type { Download } from '../../../src-shared/contract/downloads.ts';

type Named = Pick<Checkpoint, 'id' | 'path' | 'file' | 'source'>;
type Fetched = Pick<Download, 'name' | 'checkpoint'>;

/**
 * The names of the catalog that a file may be of, the surest first: what it was downloaded as, its place below the
 * library's folder (COLLECTION/FILE, imported/NAME), its own name, that of where it came from.
 */
export function namesOf({ id, path, file, source }: Named, downloads: readonly Fetched[]): string[] {
  const asked = downloads.filter(({ checkpoint }) => checkpoint === id).map(({ name }) => stem(name));
  const places = file === null ? [] : [stem(file), stem(file).replace(/^(imported|augreg)\//, '')];
  const own = [path, source ?? ''].map((text) => stem(text.split(/[\\/]/).at(-1) ?? ''));
  return [...new Set([...asked, ...places, ...own])].filter((name) => name !== '' && name !== 'model');
}

/** The file of the library that a name stands for: one that is there before one that isn't. */
export function fileOf<C extends Named & Pick<Checkpoint, 'state'>>(
  name: string,
  checkpoints: readonly C[],
  downloads: readonly Fetched[],
): C | null {
  const found = checkpoints.filter((checkpoint) => namesOf(checkpoint, downloads).includes(name));
  return found.find(({ state }) => state === 'present') ?? found[0] ?? null;
}

function stem(name: string): string {
  return name.replace(/(\/model)?\.(npz|safetensors)$/i, '');
}
