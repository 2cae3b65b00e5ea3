import * as v from 'valibot';
import { ArchitectureSchema, PreprocessingSchema, vitArchitectureSchema } from '../checkpoints/sidecar.ts';
import type { Inspection } from '../checkpoints/inspection.ts';
import { FingerprintSchema } from '../fingerprint/fingerprint.ts';
import { failureSchema } from './downloads.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const shape: v.GenericSchema<readonly number[]> = v.array(v.number());

const textEncoder = { width: count, depth: count, mlpDim: count, numHeads: count, vocabSize: count };

const litSchema = v.object({
  image: vitArchitectureSchema,
  text: v.variant('kind', [
    v.object({
      kind: v.literal('bert'),
      ...textEncoder,
      maxPositions: count,
      numSegments: count,
      outDim: v.nullable(count),
    }),
    v.object({ kind: v.literal('text_transformer'), ...textEncoder, maxLen: count, outDim: count }),
  ]),
  outDim: count,
});

const trainingSchema = v.object({
  title: v.string(),
  step: v.nullable(v.number()),
  optimizer: v.nullable(
    v.object({ updates: v.nullable(v.number()), momentum: v.nullable(v.array(v.string())), values: count }),
  ),
});

/** Everything that is read in a checkpoint (src-shared/checkpoints/inspection.ts). */
export const inspectionSchema = v.object({
  path: v.string(),
  bytes: v.number(),
  sha256: v.string(),
  parameters: v.number(),
  naming: v.picklist(['published', 'linen', 'timm', 'Hugging Face']),
  variant: v.nullable(v.string()),
  architecture: v.nullable(ArchitectureSchema),
  lit: v.optional(litSchema),
  training: v.optional(trainingSchema),
  labels: v.nullable(v.array(v.string())),
  labelsAssumed: v.optional(v.literal(true)),
  synsets: v.optional(v.array(v.string())),
  preprocessing: v.nullable(PreprocessingSchema),
  unprepared: v.optional(v.string()),
  provenance: v.nullable(v.record(v.string(), v.unknown())),
  fingerprint: v.optional(
    v.object({ fingerprint: FingerprintSchema, from: v.string(), sha256: v.nullable(v.string()) }),
  ),
  tensors: v.array(v.object({ name: v.string(), shape: shape, dtype: v.string() })),
  unused: v.array(v.string()),
  missing: v.array(v.string()),
  nonFinite: v.array(v.object({ name: v.string(), nan: count, infinite: count })),
  notes: v.array(v.string()),
  error: v.nullable(failureSchema),
}) satisfies v.GenericSchema<Inspection>;
