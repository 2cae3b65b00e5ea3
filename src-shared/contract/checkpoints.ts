import * as v from 'valibot';
import { ArchitectureSchema } from '../checkpoints/sidecar.ts';
import { failureSchema } from './downloads.ts';
import { inspectionSchema } from './inspection.ts';
import { procedure } from './procedure.ts';
import { filtersSchema, positionSimilaritySchema, tensorStatisticsSchema } from './weights.ts';

const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

export const checkpointSchema = v.object({
  id: v.number(),
  /** Whole, of the file; that of a sharded one is its index. */
  path: v.string(),
  /** Its place below the library's folder of checkpoints; null for a file elsewhere, which is only referred to. */
  file: v.nullable(v.string()),
  /** How it came here. `found`: it lay in the library's folder. */
  origin: v.picklist(['download', 'import', 'run', 'found']),
  /** The address, the file or the run that it came from. */
  source: v.nullable(v.string()),
  /** Whether the file is there, and as it was when it was read last. */
  state: v.picklist(['present', 'missing', 'changed']),
  bytes: v.number(),
  sha256: v.string(),
  naming: v.picklist(['published', 'linen', 'timm', 'Hugging Face']),
  /** `model_name` of its variant, e.g. `ViT-Ti_16`. */
  variant: v.nullable(v.string()),
  architecture: v.nullable(ArchitectureSchema),
  /** An image and text model. */
  isLit: v.boolean(),
  parameters: v.number(),
  hasLabels: v.boolean(),
  /** Why it can't be used; null where it can. */
  problem: v.nullable(failureSchema),
  /** A hash of its logits on the bundled photos, once they were computed. */
  fingerprint: v.nullable(v.string()),
  addedAt: v.string(),
});

export type Checkpoint = v.InferOutput<typeof checkpointSchema>;

const importReportSchema = v.object({
  added: v.array(checkpointSchema),
  /** Were here already. */
  known: v.array(checkpointSchema),
  /** Files that aren't checkpoints, and why. */
  failed: v.array(v.object({ path: v.string(), failure: failureSchema })),
});

export type ImportReport = v.InferOutput<typeof importReportSchema>;

const rescanReportSchema = v.object({
  /** Ids of those found in the library's folder that weren't known. */
  added: v.array(v.number()),
  /** Of those whose file is another than before. */
  changed: v.array(v.number()),
  /** Of those whose file is gone. They stay listed. */
  missing: v.array(v.number()),
  failed: importReportSchema.entries.failed,
});

export type RescanReport = v.InferOutput<typeof rescanReportSchema>;

const taskSchema = v.object({
  /** A checkpoint of the library, or an architecture. */
  checkpoint: v.optional(id),
  architecture: v.optional(ArchitectureSchema),
  mode: v.picklist(['train', 'predict']),
  /** Images in one step: of a micro-batch. */
  batch: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** px; absent: the checkpoint's own. */
  resolution: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16_384))),
  /** Classes of a new head; absent: the checkpoint's own. */
  numClasses: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
  precision: v.optional(v.picklist(['float32', 'bfloat16']), 'float32'),
  optimizer: v.optional(v.picklist(['momentum-bfloat16', 'momentum', 'adam']), 'momentum-bfloat16'),
  /** Micro-batches whose gradients are summed before an update. */
  accumSteps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
  /** What learns: all, the last `trainBlocks` blocks with the head, the head. */
  train: v.optional(v.picklist(['all', 'blocks', 'head']), 'all'),
  trainBlocks: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
  /** A running mean of what learns is kept. */
  ema: v.optional(v.boolean(), false),
  sharpness: v.optional(v.picklist(['none', 'sam', 'gsam']), 'none'),
  /** The inside of blocks is computed again for the gradient. */
  recompute: v.optional(v.boolean(), false),
  /** Equal parts of `batch` that are computed side by side, all in one memory. */
  devices: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
  /** Which dropout draws masks. */
  dropout: v.optional(v.object({ hidden: v.boolean(), attention: v.boolean() }), { hidden: false, attention: false }),
  /** Images are mixed with others: the batch is made anew. */
  mixing: v.optional(v.boolean(), false),
});

export type MemoryTask = v.InferOutput<typeof taskSchema>;

export const memoryEstimateSchema = v.object({
  items: v.array(
    v.object({
      name: v.picklist(['weights', 'gradients', 'optimizer', 'ema', 'activations', 'workspace', 'program', 'engine']),
      bytes: v.number(),
    }),
  ),
  totalBytes: v.number(),
  /** What the total is held against. */
  device: v.object({
    kind: v.picklist(['gpu', 'cpu', 'wasm']),
    name: v.string(),
    freeBytes: v.number(),
    totalBytes: v.number(),
  }),
  verdict: v.picklist(['fits', 'tight', 'no']),
  /** What steps measured on this machine have taught: activations and workspace were multiplied by this. */
  correction: v.nullable(v.object({ factor: v.number(), measurements: v.number() })),
  notes: v.array(v.string()),
});

export type MemoryEstimate = v.InferOutput<typeof memoryEstimateSchema>;

const memoryProbeSchema = v.object({
  /** As it was before this measurement. */
  estimate: memoryEstimateSchema,
  /** The most that the worker held while it stepped, engine included. */
  measuredBytes: v.number(),
  /** measuredBytes over the estimate's total. */
  ratio: v.number(),
  firstSeconds: v.number(),
  stepSeconds: v.number(),
  /** With what was just learnt. */
  corrected: memoryEstimateSchema,
});

export type MemoryProbe = v.InferOutput<typeof memoryProbeSchema>;

export const checkpoints = {
  list: procedure
    .route({ method: 'GET', summary: 'The checkpoints that are here, the newest first' })
    .output(v.object({ checkpoints: v.array(checkpointSchema) })),
  get: procedure
    .route({ method: 'GET', summary: 'One checkpoint, with everything that was read in it' })
    .input(v.object({ id }))
    .output(v.object({ checkpoint: checkpointSchema, inspection: inspectionSchema })),
  inspect: procedure
    .route({ method: 'POST', summary: 'What a checkpoint on this machine is; it need not be in the library' })
    .input(v.object({ path }))
    .output(inspectionSchema),
  import: procedure
    .route({ method: 'POST', summary: 'Take a file, or every checkpoint of a folder, into the library' })
    .input(
      v.object({
        path: v.optional(path),
        /** In place of a path: an uploaded file, by its id. */
        upload: v.optional(v.string()),
        /** copy: into the library's folder; link: refer to the file where it is. */
        mode: v.optional(v.picklist(['copy', 'link']), 'copy'),
        /** Of the catalog, which this file is: the copy is called so. For one file. */
        name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(512))),
      }),
    )
    .output(importReportSchema),
  tensor: procedure
    .route({ method: 'GET', summary: "How one tensor's numbers are distributed" })
    .input(v.object({ id, name: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)) }))
    .output(tensorStatisticsSchema),
  filters: procedure
    .route({ method: 'GET', summary: 'The filters of the patch embedding as pictures, and their principal components' })
    .input(
      v.object({
        id,
        from: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
        count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4096)), 256),
      }),
    )
    .output(filtersSchema),
  posEmbedding: procedure
    .route({ method: 'GET', summary: 'How alike the position embeddings of every two places are' })
    .input(v.object({ id }))
    .output(positionSimilaritySchema),
  remove: procedure
    .route({ method: 'POST', summary: 'Forget a checkpoint, and delete its file where that lies in the library' })
    .input(v.object({ id, keepFile: v.optional(v.boolean(), false) }))
    .output(v.object({ removed: v.number(), deleted: v.array(v.string()) })),
  rescan: procedure
    .route({ method: 'POST', summary: "Look through the library's folder for what is new, changed or gone" })
    .output(rescanReportSchema),
  memory: procedure
    .route({ method: 'POST', summary: 'Whether a model fits into memory, and what takes how much' })
    .input(taskSchema)
    .output(memoryEstimateSchema),
  probe: procedure
    .route({ method: 'POST', summary: 'Run one step to measure its memory; later estimates learn from it' })
    .input(taskSchema)
    .output(memoryProbeSchema),
};
