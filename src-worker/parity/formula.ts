import { crc32 } from 'node:zlib';
import { AppError } from '../../src-shared/errors.ts';
import { sizeOfShape, type NamedTensor } from '../../src-shared/models/params.ts';

/** One array of a formula.json (see FORMULA.md beside it). */
export interface FormulaArray {
  key: string;
  shape: number[];
  scale: number;
  offset: number;
  first4: number[];
  /** In float64. */
  sum: number;
  /** Of the little-endian float32 bytes. */
  crc32: number;
}

/**
 * Computes an array from its formula: a hash of key and index, spread over [offset - scale, offset + scale).
 * @throws AppError bad_file when first values, sum or checksum aren't the ones listed
 */
export function formulaArray(name: string, formula: FormulaArray): NamedTensor {
  const data = fill(new Float32Array(sizeOfShape(formula.shape)), formula);
  const bytes = new Uint8Array(data.buffer);
  const first = formula.first4.every((value, i) => i >= data.length || Math.fround(value) === data[i]);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  const sumFits = Math.abs(sum - formula.sum) <= 1e-9 * Math.max(1, Math.abs(formula.sum));
  if (!first || !sumFits || crc32(bytes) !== formula.crc32) {
    throw new AppError('bad_file', `The formula of "${name}" gives other numbers than formula.json lists.`);
  }
  return { shape: formula.shape, data };
}

function fill(data: Float32Array, { key, scale, offset }: FormulaArray): Float32Array {
  const seed = fnv1a(key);
  for (let i = 0, product = 0; i < data.length; i++, product = (product + 2654435761) | 0) {
    let h = (product + seed) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    data[i] = (((h >>> 8) / 16777216) * 2 - 1) * scale + offset;
  }
  return data;
}

/** FNV-1a, 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
