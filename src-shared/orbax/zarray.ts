import * as v from 'valibot';
import { parseDtype } from '../checkpoints/npy-dtype.ts';

/** How the pieces of an array are packed. */
export type Packing = 'none' | 'zstd' | 'gzip';

/** What a `.zarray` says of an array (zarr 2). */
export interface ZarrArray {
  readonly shape: readonly number[];
  /** Of each piece; those at the end are as long. */
  readonly chunks: readonly number[];
  /** numpy's name. */
  readonly dtype: string;
  readonly bigEndian: boolean;
  readonly packing: Packing;
  readonly separator: '.' | '/';
}

const size = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const sizes = v.pipe(v.array(size), v.maxLength(32));

const Schema = v.object({
  zarr_format: v.literal(2),
  shape: sizes,
  chunks: v.pipe(v.array(v.pipe(size, v.minValue(1))), v.maxLength(32)),
  dtype: v.string(),
  order: v.literal('C'),
  filters: v.nullish(v.null()),
  compressor: v.nullable(v.object({ id: v.picklist(['zstd', 'gzip']) })),
  dimension_separator: v.optional(v.picklist(['.', '/']), '.'),
});

/** @returns null for what is no array of a form that is read */
export function parseZarray(json: unknown): ZarrArray | null {
  const parsed = v.safeParse(Schema, json, { abortEarly: true });
  if (!parsed.success) return null;
  const { shape, chunks, dtype, compressor, dimension_separator } = parsed.output;
  if (shape.length !== chunks.length) return null;
  const type = parseDtype(dtype);
  return {
    shape,
    chunks,
    dtype: type?.name ?? dtype,
    bigEndian: type?.bigEndian ?? false,
    packing: compressor?.id ?? 'none',
    separator: dimension_separator,
  };
}
