import * as v from 'valibot';
import { AppError } from '../errors.ts';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const size: v.GenericSchema<readonly [number, number]> = v.tuple([positive, positive]);

/** Of red, green and blue, on a scale where white is 1. */
const rgb: v.GenericSchema<readonly [number, number, number]> = v.tuple([v.number(), v.number(), v.number()]);

export const PreprocessingSchema = v.object({
  /** Height and width that images are resized to, px. */
  resolution: size,
  resize: v.picklist(['nearest', 'bilinear', 'bicubic', 'lanczos']),
  /** As Pillow resizes; absent: without, as vit_jax does. */
  antialias: v.optional(v.literal(true)),
  /** What the image is resized to before its middle, of the resolution, is cut out, px; absent: the resolution. */
  resized: v.optional(
    v.variant('fit', [
      /** Whatever the aspect ratio. */
      v.object({ fit: v.literal('stretch'), size }),
      /** Keeping the aspect ratio. */
      v.object({ fit: v.literal('short side'), length: positive }),
    ]),
  ),
  /** Of pixel values after preprocessing; "normalised": (x / 255 - mean) / std. */
  range: v.picklist(['[-1, 1]', 'normalised']),
  mean: v.optional(rgb),
  std: v.optional(rgb),
  /** Whether the orientation that a photo's EXIF data give is followed. */
  exif: v.picklist(['ignore', 'exif']),
});

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const numLayers: v.GenericSchema<readonly number[]> = v.array(positive);

const encoder = {
  patchSize: size,
  imageSize: size,
  width: positive,
  depth: count,
  mlpDim: positive,
  numHeads: positive,
  classifier: v.picklist(['token', 'token_unpooled', 'gap', 'unpooled']),
  representationSize: v.nullable(positive),
  numClasses: v.nullable(positive),
  gelu: v.optional(v.literal('erf')),
  layerNormEpsilon: v.optional(v.pipe(v.number(), v.gtValue(0))),
};

export const vitArchitectureSchema = v.object({ family: v.literal('vit'), ...encoder });

export const ArchitectureSchema = v.variant('family', [
  vitArchitectureSchema,
  v.object({
    family: v.literal('hybrid'),
    ...encoder,
    resnet: v.object({ numLayers, widthFactor: v.number() }),
  }),
  v.object({
    family: v.literal('mixer'),
    patchSize: size,
    imageSize: size,
    width: positive,
    depth: count,
    tokensMlpDim: positive,
    channelsMlpDim: positive,
    classifier: v.literal('gap'),
    representationSize: v.null(),
    numClasses: v.nullable(positive),
    gelu: v.optional(v.literal('erf')),
  }),
  v.object({
    family: v.literal('deit'),
    ...encoder,
    classifier: v.literal('token'),
    representationSize: v.null(),
    gelu: v.literal('erf'),
    layerNormEpsilon: v.pipe(v.number(), v.gtValue(0)),
    distillation: v.picklist(['none', 'token', 'heads']),
  }),
]);

/** What a checkpoint's numbers don't say, kept in `model.json` beside `model.npz`. */
const SidecarSchema = v.object({
  format: v.literal('vitrine-checkpoint'),
  version: v.literal(1),
  /** Of the .npz that this belongs to, lower-case hexadecimal. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** Class names in the order of the logits; null where they aren't known. */
  labels: v.nullable(v.array(v.string())),
  preprocessing: PreprocessingSchema,
  architecture: ArchitectureSchema,
  /** How it came about: run, data, versions, seed. */
  provenance: v.record(v.string(), v.unknown()),
});

export type Preprocessing = v.InferOutput<typeof PreprocessingSchema>;
export type Sidecar = v.InferOutput<typeof SidecarSchema>;

/** `runs/a/model.npz` → `runs/a/model.json`. */
export function sidecarPath(checkpointPath: string): string {
  return `${checkpointPath.replace(/\.npz$/i, '')}.json`;
}

/**
 * @param file named in errors
 * @returns null for JSON of another program that happens to have the name
 * @throws AppError bad_checkpoint for a sidecar of ours that is damaged or of a later version
 */
export function parseSidecar(text: string, file: string): Sidecar | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw broken(file, 'it is not valid JSON', cause);
  }
  if (typeof json !== 'object' || json === null || !('format' in json) || json.format !== 'vitrine-checkpoint') {
    return null;
  }
  const parsed = v.safeParse(SidecarSchema, json);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw broken(file, `${v.getDotPath(issue) ?? 'the document'}: ${issue.message}`);
}

/** The file's text: fixed order of fields, indented, with a newline at the end. */
export function formatSidecar(sidecar: Omit<Sidecar, 'format' | 'version'>): string {
  const { sha256, labels, preprocessing, architecture, provenance } = sidecar;
  const fields = { format: 'vitrine-checkpoint', version: 1, sha256, labels, preprocessing, architecture, provenance };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

function broken(file: string, why: string, cause?: unknown): AppError {
  return new AppError('bad_checkpoint', `${file} can't be read as a checkpoint's description (${why}).`, {
    hint: 'Restore it, or move it away to use the checkpoint without labels and preprocessing.',
    details: { file },
    cause,
  });
}
