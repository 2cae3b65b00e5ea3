import * as v from 'valibot';
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
