/** Columns that are iterated beside those wanted: they make the last ones converge. */
const EXTRA = 12;
/** Noise has no few large eigenvalues, and its components show nothing: they are left as they are then. */
const MOST_ROUNDS = 50;
/** Of the largest eigenvalue: when no wanted one changes by more, they are found. */
const TOLERANCE = 1e-7;

export interface Components {
  /** [k, p], each of length 1; its entry of largest magnitude is positive. */
  vectors: Float64Array[];
  /** Of the rows' variance, descending. */
  shares: number[];
}

/**
 * The first principal components of rows about their mean: eigenvectors of the smaller of the two matrices of products
 * (Gram or covariance) by subspace iteration with Rayleigh–Ritz. Components without variance are left out.
 * @param rows [n, p], finite
 */
export function principalComponents(rows: Float32Array, { n, p, k }: { n: number; p: number; k: number }): Components {
  const centred = centre(rows, n, p);
  const byRows = n <= p;
  const size = byRows ? n : p;
  const matrix = products(byRows ? centred : transpose(centred, n, p), size, byRows ? p : n);
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i]!;
  if (!(trace > 0)) return { vectors: [], shares: [] };
  const { values, vectors } = largestEigenpairs(matrix, size, Math.min(k, size));
  const kept = values.filter((value) => value > 1e-12 * trace).length;
  return {
    vectors: vectors.slice(0, kept).map((u) => upright(byRows ? combine(centred, u, { n, p }) : u)),
    shares: values.slice(0, kept).map((value) => value / trace),
  };
}

function centre(rows: Float32Array, n: number, p: number): Float64Array {
  const mean = new Float64Array(p);
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) mean[j]! += rows[i * p + j]! / n;
  return Float64Array.from(rows, (value, i) => value - mean[i % p]!);
}

function transpose(matrix: Float64Array, n: number, p: number): Float64Array {
  const out = new Float64Array(matrix.length);
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) out[j * n + i] = matrix[i * p + j]!;
  return out;
}

/** X Xᵀ of X [size, length]. */
function products(x: Float64Array, size: number, length: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = i; j < size; j++) {
      let sum = 0;
      const [a, b] = [i * length, j * length];
      for (let l = 0; l < length; l++) sum += x[a + l]! * x[b + l]!;
      out[i * size + j] = out[j * size + i] = sum;
    }
  return out;
}

/** Xᵀ u, of length 1. [n, p], [n] -> [p] */
function combine(x: Float64Array, u: Float64Array, { n, p }: { n: number; p: number }): Float64Array {
  const out = new Float64Array(p);
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) out[j]! += u[i]! * x[i * p + j]!;
  return scaled(out, 1 / Math.sqrt(dot(out, out)));
}

/** A component has no sign of its own; this one doesn't depend on how it was found. */
function upright(vector: Float64Array): Float64Array {
  const peak = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return peak < 0 ? scaled(vector, -1) : vector;
}

function largestEigenpairs(
  matrix: Float64Array,
  size: number,
  wanted: number,
): { values: number[]; vectors: Float64Array[] } {
  const columns = Math.min(size, wanted + EXTRA);
  let basis = orthonormal(Array.from({ length: columns }, (_, c) => startColumn(size, c)));
  let values: number[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const images = basis.map((column) => times(matrix, column));
    // Rayleigh–Ritz: the eigenvectors within the subspace, in their order.
    const small = basis.map((a) => images.map((b) => dot(a, b)));
    const { values: next, vectors: rotation } = jacobi(small);
    basis = orthonormal(rotation.map((weights) => mixed(images, weights)));
    const change = next
      .slice(0, wanted)
      .reduce((most, value, i) => Math.max(most, Math.abs(value - (values[i] ?? 0))), 0);
    values = next;
    if (change <= TOLERANCE * next[0]!) break;
  }
  return { values: values.slice(0, wanted), vectors: basis.slice(0, wanted) };
}

/** Numbers without a pattern, the same each time. */
function startColumn(size: number, column: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    const wave = Math.sin((i + 1) * 12.9898 + (column + 1) * 78.233) * 43758.5453;
    return wave - Math.floor(wave) - 0.5;
  });
}

/** Gram–Schmidt, twice for its precision; a column that the others span becomes zero. */
function orthonormal(columns: Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const column of columns) {
    const before = Math.sqrt(dot(column, column));
    for (let pass = 0; pass < 2; pass++)
      for (const other of done) {
        const share = dot(column, other);
        for (let i = 0; i < column.length; i++) column[i]! -= share * other[i]!;
      }
    const length = Math.sqrt(dot(column, column));
    done.push(scaled(column, length > 1e-12 * before ? 1 / length : 0));
  }
  return done;
}

/** Eigenvalues, descending, and eigenvectors of a small symmetric matrix by Jacobi's rotations. */
function jacobi(matrix: number[][]): { values: number[]; vectors: number[][] } {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const turned = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) off += a[i]![j]! ** 2;
    if (off < 1e-28 * a.reduce((sum, row, i) => sum + row[i]! ** 2, 0)) break;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) rotate(a, turned, [i, j]);
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => turned.map((row) => row[i]!)) };
}

/** Makes a[i][j] zero. */
function rotate(a: number[][], turned: number[][], [i, j]: [number, number]): void {
  if (a[i]![j] === 0) return;
  const theta = (a[j]![j]! - a[i]![i]!) / (2 * a[i]![j]!);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const turn = (row: number[]): void => {
    const [x, y] = [row[i]!, row[j]!];
    row[i] = c * x - s * y;
    row[j] = s * x + c * y;
  };
  a.forEach(turn);
  const [x, y] = [a[i]!, a[j]!];
  a[i] = x.map((value, l) => c * value - s * y[l]!);
  a[j] = x.map((value, l) => s * value + c * y[l]!);
  turned.forEach(turn);
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * vector[j]!;
    out[i] = sum;
  }
  return out;
}

function mixed(columns: Float64Array[], weights: number[]): Float64Array {
  const out = new Float64Array(columns[0]!.length);
  columns.forEach((column, c) => {
    for (let i = 0; i < out.length; i++) out[i]! += weights[c]! * column[i]!;
  });
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function scaled(vector: Float64Array, by: number): Float64Array {
  return vector.map((value) => value * by);
}
