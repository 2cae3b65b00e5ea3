import * as v from 'valibot';
import { procedure } from './procedure.ts';

/** A request that the application made of another machine. */
export const requestSchema = v.object({
  id: v.number(),
  at: v.string(),
  method: v.string(),
  /** Without user, password, or the values of its query. */
  address: v.string(),
  /** Whose idea it was, in words. */
  purpose: v.string(),
  /** HTTP's; null while there was no answer. */
  status: v.nullable(v.number()),
  /** Received, as they came over the wire. */
  bytes: v.number(),
  /** Until it ended; null while it goes on. */
  milliseconds: v.nullable(v.number()),
  /** Why it failed; null where it didn't. */
  error: v.nullable(v.string()),
});

export type RequestRecord = v.InferOutput<typeof requestSchema>;

export const network = {
  requests: procedure
    .route({ method: 'GET', summary: 'Every request the application made, the newest first' })
    .input(
      v.object({
        limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 100),
        /** Only older ones than this id. */
        before: v.optional(v.number()),
        /** In address, purpose or error. */
        text: v.optional(v.pipe(v.string(), v.maxLength(200)), ''),
      }),
    )
    .output(
      v.object({
        requests: v.array(requestSchema),
        /** Of those with the text. */
        total: v.number(),
      }),
    ),
};
