import * as v from 'valibot';
import { downloadSchema } from './downloads.ts';
import { requestSchema } from './network.ts';
import { settingsSchema } from './settings.ts';
import { runChangeSchema, runSummarySchema } from './runs.ts';
import { datasetStateSchema } from './datasets.ts';
import { evaluationStateSchema } from './evaluations.ts';
import { workProgressSchema } from './failure.ts';

/**
 * What changes in the library while somebody watches: one union, one stream. An event says what is so now and not what
 * to do about it; whoever missed some reads the state again. Each topic is one row.
 */
export const eventSchema = v.variant('topic', [
  /** Events before this one are lost to the reader (it was too slow or away too long): read everything again. */
  v.object({ topic: v.literal('reset') }),
  /** What is bundled or imported has changed; `revision` is the catalog's now. */
  v.object({ topic: v.literal('catalog'), revision: v.number() }),
  /** Stars, tags, notes, the compare tray or saved views have changed; of these names, where it was of some. */
  v.object({ topic: v.literal('annotations'), names: v.array(v.string()) }),
  /** A checkpoint of the library is new, otherwise than before, or forgotten. */
  v.object({ topic: v.literal('checkpoint'), id: v.number(), change: v.picklist(['added', 'changed', 'removed']) }),
  /** A download as it is now; while it runs at most five times a second. */
  v.object({ topic: v.literal('download'), download: downloadSchema }),
  v.object({ topic: v.literal('download-removed'), id: v.number() }),
  /** A request of the application began or ended. */
  v.object({ topic: v.literal('request'), request: requestSchema }),
  v.object({ topic: v.literal('settings'), settings: settingsSchema }),
  /** An engine was installed or removed. */
  v.object({ topic: v.literal('engine') }),
  /** A run was added or its summary changed; null: it is there no more. */
  v.object({ topic: v.literal('runs'), id: v.string(), run: v.nullable(runSummarySchema) }),
  /** What a training tells while it goes. */
  v.object({ topic: v.literal('run'), id: v.string(), change: runChangeSchema }),
  v.object({
    topic: v.literal('dataset'),
    id: v.string(),
    state: v.union([datasetStateSchema, v.literal('removed')]),
    progress: v.nullable(workProgressSchema),
  }),
  v.object({
    topic: v.literal('evaluation'),
    id: v.string(),
    state: v.union([evaluationStateSchema, v.literal('removed')]),
    progress: v.nullable(workProgressSchema),
  }),
]);

export type LibraryEvent = v.InferOutput<typeof eventSchema>;
export type Topic = LibraryEvent['topic'];

/** An event with its place in the stream. */
export const placedEventSchema = v.object({
  /** Opaque; given back as `after` (or as oRPC's lastEventId) the stream goes on behind it. */
  position: v.string(),
  event: eventSchema,
});

export type PlacedEvent = v.InferOutput<typeof placedEventSchema>;
