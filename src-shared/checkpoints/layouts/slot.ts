/**
 * Where a parameter stands in a PyTorch file. One table of slots serves both ways: reading takes the parameter out of
 * the file's tensor, writing puts it there.
 */
export interface Slot {
  /** vit_jax's path after loading. */
  readonly linen: string;
  readonly file: string;
  /** Of the file's whole tensor. */
  readonly fileShape: readonly number[];
  /** Rows (first axis) that are this parameter, from and up to; absent: all. */
  readonly rows?: readonly [number, number];
  /** Which axis of the file each axis of the parameter is; absent: as they are. What follows is a reshape. */
  readonly axes?: readonly number[];
}

/** A parameter that has the same numbers in the same order. */
export function same(linen: string, file: string, fileShape: readonly number[]): Slot {
  return { linen, file, fileShape };
}

/** A LayerNorm's or GroupNorm's scale and bias. */
export function norm(linen: string, file: string, channels: number): Slot[] {
  return [same(`${linen}/scale`, `${file}.weight`, [channels]), same(`${linen}/bias`, `${file}.bias`, [channels])];
}

/** PyTorch keeps a linear layer's weight as [O, I]. */
export function linear(linen: string, file: string, [input, output]: readonly [number, number]): Slot[] {
  return [
    { linen: `${linen}/kernel`, file: `${file}.weight`, fileShape: [output, input], axes: [1, 0] },
    same(`${linen}/bias`, `${file}.bias`, [output]),
  ];
}

/** PyTorch keeps a convolution's weight as [O, I, h, w]; here it is [h, w, I, O]. */
export function convKernel(linen: string, file: string, fileShape: readonly [number, number, number, number]): Slot {
  return { linen: `${linen}/kernel`, file: `${file}.weight`, fileShape, axes: [2, 3, 1, 0] };
}

/** A convolution with its bias. */
export function conv(linen: string, file: string, fileShape: readonly [number, number, number, number]): Slot[] {
  return [convKernel(linen, file, fileShape), same(`${linen}/bias`, `${file}.bias`, [fileShape[0]])];
}

function partShape({ fileShape, rows }: Slot): readonly number[] {
  return rows ? [rows[1] - rows[0], ...fileShape.slice(1)] : fileShape;
}

/** The slot's stretch of the file's tensor. */
function part(slot: Slot, fileData: Float32Array): Float32Array {
  if (!slot.rows) return fileData;
  const rowSize = fileData.length / slot.fileShape[0]!;
  return fileData.subarray(slot.rows[0] * rowSize, slot.rows[1] * rowSize);
}

/** The parameter's numbers, row-major; the file's own array where nothing changes (see `isCopied`). */
export function fromFile(slot: Slot, fileData: Float32Array): Float32Array {
  const data = part(slot, fileData);
  if (!slot.axes) return slot.rows ? data.slice() : data;
  return permute(data, partShape(slot), slot.axes);
}

/** Whether `fromFile` makes an array of its own. */
export function isCopied(slot: Slot): boolean {
  return slot.axes !== undefined || slot.rows !== undefined;
}

/** Puts a parameter into the file's tensor. */
export function intoFile(slot: Slot, data: Float32Array, fileData: Float32Array): void {
  const shape = partShape(slot);
  const { axes } = slot;
  const inverse = axes && shape.map((_, axis) => axes.indexOf(axis));
  part(slot, fileData).set(
    inverse
      ? permute(
          data,
          axes.map((axis) => shape[axis]!),
          inverse,
        )
      : data,
  );
}

/** Elements of a square block of a transpose: what is read of it stays in the processor's cache. */
const BLOCK = 64;

/** The array with its axes in another order: axis k of the result is axis `axes[k]`. */
export function permute(data: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  if (shape.length === 2) return transpose(data, shape[0]!, shape[1]!);
  const out = new Float32Array(data.length);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((n, d) => n * d, 1));
  const outShape = axes.map((axis) => shape[axis]!);
  const outStrides = axes.map((axis) => strides[axis]!);
  const index = outShape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from]!;
    for (let axis = outShape.length - 1; axis >= 0; axis--) {
      from += outStrides[axis]!;
      if (++index[axis]! < outShape[axis]!) break;
      from -= outStrides[axis]! * outShape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

function transpose(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let r0 = 0; r0 < rows; r0 += BLOCK) {
    const r1 = Math.min(rows, r0 + BLOCK);
    for (let c0 = 0; c0 < columns; c0 += BLOCK) {
      const c1 = Math.min(columns, c0 + BLOCK);
      // Along the rows of what is written: the other way round takes twice as long.
      for (let c = c0; c < c1; c++) for (let r = r0; r < r1; r++) out[c * rows + r] = data[r * columns + c]!;
    }
  }
  return out;
}
