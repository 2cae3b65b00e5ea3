import * as v from 'valibot';
import { PreprocessingSchema, type Preprocessing } from '../checkpoints/sidecar.ts';
import type { EngineInfo } from '../contract/engine.ts';
import { AppError } from '../errors.ts';
import { summarise } from './summarise.ts';
import { PHOTOS } from './photos.ts';

const numbers = v.pipe(v.array(v.number()), v.maxLength(64));
const whole = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What a model gives for one photograph, in a few numbers (float32). */
const SummarySchema = v.object({
  name: v.string(),
  /** Of the photograph's file, lower-case hexadecimal. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** The first outputs. */
  first: numbers,
  /** The largest: index and value, largest first. */
  top: v.pipe(v.array(v.tuple([whole, v.number()])), v.maxLength(64)),
  mean: v.number(),
  /** Population standard deviation. */
  std: v.number(),
  /** L2. */
  norm: v.number(),
  /** Sums of all outputs with fixed signs, over the root of their number: every one counts, and its place. */
  projections: numbers,
});

export const FingerprintSchema = v.object({
  format: v.literal('vitrine-fingerprint'),
  version: v.literal(1),
  /** Such as "ViT-Ti_16, token, 224x224". */
  architecture: v.string(),
  /** How the photographs were prepared. */
  preprocessing: PreprocessingSchema,
  /** What the numbers are of: a head's logits, the vector before one, or an image tower's embedding. */
  output: v.picklist(['logits', 'representation', 'embedding']),
  /** Outputs for one image. */
  size: whole,
  photos: v.pipe(v.array(SummarySchema), v.minLength(1), v.maxLength(16)),
  engine: v.object({ kind: v.picklist(['tensorflow', 'wasm']), version: v.string() }),
});

/** A few numbers that a model gives for known photographs: any two programs that loaded the same weights agree on them. */
export type Fingerprint = v.InferOutput<typeof FingerprintSchema>;
export type PhotoSummary = v.InferOutput<typeof SummarySchema>;

/** A fingerprint that was written down, and where. */
export interface KeptFingerprint {
  fingerprint: Fingerprint;
  /** The file it stands in. */
  from: string;
  /** Of the checkpoint's file when it was written, where that is known. */
  sha256: string | null;
}

interface Made {
  architecture: string;
  preprocessing: Preprocessing;
  output: Fingerprint['output'];
  /** [photos, size], row-major. */
  outputs: Float32Array;
  engine: Pick<EngineInfo, 'kind' | 'version'>;
}

/** @returns null where an output is NaN or infinite: such a model has no fingerprint */
export function makeFingerprint({ architecture, preprocessing, output, outputs, engine }: Made): Fingerprint | null {
  if (!outputs.every(Number.isFinite)) return null;
  const size = outputs.length / PHOTOS.length;
  return {
    format: 'vitrine-fingerprint',
    version: 1,
    architecture,
    preprocessing,
    output,
    size,
    photos: PHOTOS.map(({ name, sha256 }, i) => ({
      name,
      sha256,
      ...summarise(outputs.subarray(i * size, (i + 1) * size)),
    })),
    engine: { kind: engine.kind, version: engine.version },
  };
}

/**
 * @param file named in errors
 * @throws AppError bad_file for what is no fingerprint
 */
export function parseFingerprint(json: unknown, file: string): Fingerprint {
  const parsed = v.safeParse(FingerprintSchema, json);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new AppError(
    'bad_file',
    `${file} holds no fingerprint that can be read (${v.getDotPath(issue) ?? 'the document'}: ${issue.message}).`,
    { details: { file } },
  );
}
