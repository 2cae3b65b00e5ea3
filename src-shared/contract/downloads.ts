import * as v from 'valibot';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import { SOURCE_KINDS } from '../settings/settings.ts';
import { procedure } from './procedure.ts';

const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const codes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

/** Why something failed, as an AppError says it. */
export const failureSchema = v.object({
  code: v.picklist(codes),
  message: v.string(),
  hint: v.optional(v.string()),
});

export const downloadSchema = v.object({
  id: v.number(),
  /** As it was asked for: a checkpoint's name, an address. */
  name: v.string(),
  /** Below the library's folder of checkpoints: `augreg/B_16-….npz`. */
  file: v.string(),
  state: v.picklist(['queued', 'running', 'paused', 'verifying', 'done', 'failed']),
  /** What it does now or waits for, for a person: "trying again in 4 s". */
  note: v.nullable(v.string()),
  /** Where it may come from, in the order they are tried. */
  sources: v.array(v.object({ address: v.string(), kind: v.picklist(SOURCE_KINDS) })),
  /** Which of them is in use. */
  source: v.number(),
  /** What went wrong on the way, oldest first: why the next source was taken. */
  attempts: v.array(v.object({ at: v.string(), address: v.string(), why: v.string() })),
  /** Safely on the disk. */
  bytes: v.number(),
  /** Null where nobody has said yet. */
  total: v.nullable(v.number()),
  /** Now; null while it doesn't run. */
  bytesPerSecond: v.nullable(v.number()),
  etaSeconds: v.nullable(v.number()),
  /** Of the whole file, once it is there. */
  sha256: v.nullable(v.string()),
  /** What the content agreed with: the published SHA-256, a sum the server named, its length, its own checksums. */
  evidence: v.array(v.string()),
  /** Why it failed; null otherwise. */
  failure: v.nullable(failureSchema),
  /** Of the finished file in the library. */
  checkpoint: v.nullable(v.number()),
  addedAt: v.string(),
  endedAt: v.nullable(v.string()),
});

export type Download = v.InferOutput<typeof downloadSchema>;

export const downloads = {
  list: procedure
    .route({ method: 'GET', summary: 'The queue and what has come of it, in its order' })
    .output(v.object({ downloads: v.array(downloadSchema) })),
  add: procedure
    .route({ method: 'POST', summary: 'Download a checkpoint by its name, or from an address' })
    .input(
      v.object({
        /** A checkpoint's name, an https:// address or a file:// address. */
        what: v.pipe(v.string(), v.minLength(1), v.maxLength(2000)),
        /** What an address' content must have. */
        sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
      }),
    )
    .output(downloadSchema),
  pause: procedure
    .route({ method: 'POST', summary: 'Pause one, or all; what is there is kept' })
    .input(v.object({ id: v.optional(id) }))
    .output(v.object({ downloads: v.array(downloadSchema) })),
  resume: procedure
    .route({ method: 'POST', summary: 'Go on with one, or with all; one that failed is tried again' })
    .input(v.object({ id: v.optional(id) }))
    .output(v.object({ downloads: v.array(downloadSchema) })),
  move: procedure
    .route({ method: 'POST', summary: 'Put one before another in the queue, or at its end' })
    .input(v.object({ id, before: v.nullable(id) }))
    .output(v.object({ downloads: v.array(downloadSchema) })),
  remove: procedure
    .route({ method: 'POST', summary: 'Forget one, with what is there of it; a finished checkpoint stays' })
    .input(v.object({ id }))
    .output(v.object({ removed: v.number() })),
};
