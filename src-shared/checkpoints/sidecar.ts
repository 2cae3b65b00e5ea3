import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { printable } from './checkpoint-error.ts';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const size: v.GenericSchema<readonly [number, number]> = v.tuple([positive, positive]);

/** The largest side that an image is resized to, px: beyond it a hostile file would fill the memory. */
export const MAX_SIDE = 8192;
const side = v.pipe(positive, v.maxValue(MAX_SIDE));
const sides: v.GenericSchema<readonly [number, number]> = v.pipe(v.tuple([side, side]), v.readonly());

/** Of red, green and blue, on a scale where white is 1. */
const rgb: v.GenericSchema<readonly [number, number, number]> = v.tuple([v.number(), v.number(), v.number()]);

const PreprocessingFields = v.object({
  /** Height and width that the model takes, px. */
  resolution: size,
  resize: v.picklist(['nearest', 'bilinear', 'bicubic', 'lanczos']),
  /** As Pillow resizes, to whole levels; absent: as tf.image.resize does without antialiasing, as vit_jax has it. */
  antialias: v.optional(v.literal(true)),
  /** What the image is resized to before its middle, of the resolution, is cut out, px; absent: the resolution. */
  resized: v.optional(
    v.variant('fit', [
      /** Whatever the aspect ratio. */
      v.object({ fit: v.literal('stretch'), size: sides }),
      /** Keeping the aspect ratio. */
      v.object({ fit: v.literal('short side'), length: side }),
    ]),
  ),
  /** Where the middle begins when it leaves an odd number of pixels: rounded down; absent: as torchvision rounds. */
  corner: v.optional(v.literal('down')),
  /** The DCT that JPEGs are decoded with: Pillow's accurate one; absent: TensorFlow's default, the fast one. */
  dct: v.optional(v.literal('accurate')),
  /** Of pixel values after preprocessing; "normalised": (x / 255 - mean) / std. */
  range: v.picklist(['[-1, 1]', 'normalised']),
  mean: v.optional(rgb),
  std: v.optional(rgb),
  /** Whether the orientation that a photo's EXIF data give is followed. */
  exif: v.picklist(['ignore', 'exif']),
});

export const PreprocessingSchema = v.pipe(
  PreprocessingFields,
  v.check(
    ({ range, mean, std }) =>
      range !== 'normalised' || (mean !== undefined && std !== undefined && std.every((value) => value !== 0)),
    'the range "normalised" needs a mean and a std without zeros',
  ),
);

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
  /** What the model gives for known photographs; see src-shared/fingerprint, which checks it. */
  fingerprint: v.optional(v.record(v.string(), v.unknown())),
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
  const parsed = v.safeParse(SidecarSchema, json, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw broken(file, `${v.getDotPath(issue) ?? 'the document'}: ${issue.message}`);
}

/** The file's text: fixed order of fields, indented, with a newline at the end. */
export function formatSidecar(sidecar: Omit<Sidecar, 'format' | 'version'>): string {
  const { sha256, labels, preprocessing, architecture, provenance, fingerprint } = sidecar;
  const described = { sha256, labels, preprocessing, architecture, provenance };
  const fields = { format: 'vitrine-checkpoint', version: 1, ...described, ...(fingerprint ? { fingerprint } : {}) };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

function broken(file: string, why: string, cause?: unknown): AppError {
  return new AppError('bad_checkpoint', `${file} can't be read as a checkpoint's description (${printable(why)}).`, {
    hint: 'Restore it, or move it away to use the checkpoint without labels and preprocessing.',
    details: { file },
    cause,
  });
}
