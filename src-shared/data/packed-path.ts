/** Where an image lies that has no file of its own: a stretch of a larger file. */
export interface PackedPlace {
  /** Absolute. */
  file: string;
  /** Bytes. */
  offset: number;
  length: number;
}

const PACKED = /^(.+)\/\/(\d{1,15})\+(\d{1,10})$/s;

/**
 * A place as a path: `/data/train.tfrecord//1032+52210`. An absolute path that was resolved has no "//", so none is
 * taken for another, and whatever keeps paths (a plan, a cache, a run's request) keeps these as well.
 */
export function packedPath({ file, offset, length }: PackedPlace): string {
  return `${file}//${offset}+${length}`;
}

/** Null for the path of a file. */
export function packedPlace(path: string): PackedPlace | null {
  // Most paths are of files: told without a regular expression.
  if (!path.includes('//')) return null;
  const [, file, offset, length] = PACKED.exec(path) ?? [];
  return file === undefined ? null : { file, offset: Number(offset), length: Number(length) };
}

export function isPackedPath(path: string): boolean {
  return packedPlace(path) !== null;
}

/** The file that a path needs to be there. */
export function fileOfPath(path: string): string {
  return packedPlace(path)?.file ?? path;
}
