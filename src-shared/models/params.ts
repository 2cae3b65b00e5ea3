/**
 * Model parameters as they travel between files, models and optimizers: flat, by path, float32.
 * Paths are vit_jax's after loading ("linen naming", e.g. `Transformer/encoderblock_0/MlpBlock_0/Dense_0/kernel`);
 * only checkpoints/ knows the published spelling (`…/MlpBlock_3/…`).
 */
export interface NamedTensor {
  readonly shape: readonly number[];
  /** Row-major, length = product of shape. */
  readonly data: Float32Array;
}

export type Params = ReadonlyMap<string, NamedTensor>;

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((n, d) => n * d, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}
