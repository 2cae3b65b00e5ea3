import * as v from 'valibot';
import { memoryEstimateSchema } from './checkpoints.ts';

/** What is looked at before a run begins, in this order. */
export const PREFLIGHT_CHECKS = [
  'configuration',
  'engine',
  'dataset',
  'splits',
  'checkpoint',
  'model',
  'classes',
  'positions',
  'disk',
  'memory',
  'step',
] as const;
export type PreflightCheckName = (typeof PREFLIGHT_CHECKS)[number];

const checkSchema = v.object({
  name: v.picklist(PREFLIGHT_CHECKS),
  /** note: nothing to mend, and worth knowing. */
  state: v.picklist(['passed', 'failed', 'note']),
  /** What was found, as a sentence. */
  text: v.string(),
  /** Of a failure: what to do. */
  hint: v.nullable(v.string()),
  /** The configuration's field that it is about. */
  field: v.nullable(v.string()),
});
export type PreflightCheck = v.InferOutput<typeof checkSchema>;

export const preflightSchema = v.object({
  checks: v.array(checkSchema),
  /** With what the step has taught; null where it wasn't come to. */
  memory: v.nullable(memoryEstimateSchema),
  disk: v.nullable(v.object({ neededBytes: v.number(), freeBytes: v.number() })),
  /** Of a step that was run; null without. */
  measured: v.nullable(
    v.object({
      /** Of one update, all its parts: without reading images and without evaluations. Null where features are computed. */
      updateSeconds: v.nullable(v.number()),
      imagesPerSecond: v.number(),
      /** Of the first step, which compiles. */
      firstSeconds: v.number(),
      /** The most that its process held. */
      bytes: v.number(),
    }),
  ),
});
export type Preflight = v.InferOutput<typeof preflightSchema>;
