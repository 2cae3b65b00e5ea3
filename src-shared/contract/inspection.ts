import * as v from 'valibot';
import { ArchitectureSchema, PreprocessingSchema, vitArchitectureSchema } from '../checkpoints/sidecar.ts';
import type { Inspection } from '../checkpoints/inspection.ts';
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
  labels: v.nullable(v.array(v.string())),
  preprocessing: v.nullable(PreprocessingSchema),
  provenance: v.nullable(v.record(v.string(), v.unknown())),
  tensors: v.array(v.object({ name: v.string(), shape: shape, dtype: v.string() })),
  unused: v.array(v.string()),
  missing: v.array(v.string()),
  notes: v.array(v.string()),
  error: v.nullable(failureSchema),
}) satisfies v.GenericSchema<Inspection>;
