import * as v from 'valibot';
import { engineInfoSchema } from './engine.ts';
import { procedure } from './procedure.ts';

const predictionSchema = v.object({
  class: v.string(),
  index: v.number(),
  /** The softmax of the logits. */
  probability: v.number(),
});

export type Prediction = v.InferOutput<typeof predictionSchema>;

export const predict = {
  images: procedure
    .route({ method: 'POST', summary: 'Classifies images' })
    .input(
      v.object({
        /** A file on the machine that serves this. */
        checkpoint: v.pipe(v.string(), v.minLength(1)),
        images: v.pipe(
          v.array(
            v.union([
              v.object({ upload: v.string() }),
              /** A file on the machine that serves this. */
              v.object({ path: v.pipe(v.string(), v.minLength(1)) }),
            ]),
          ),
          v.minLength(1),
          v.maxLength(10_000),
        ),
        /** Classes to name for each image. */
        top: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 5),
        /** Answer for the others where an image can't be read, and say of it why; otherwise the call fails. */
        skipBad: v.optional(v.boolean(), false),
      }),
    )
    .output(
      v.object({
        checkpoint: v.object({
          name: v.string(),
          /** Null where no image could be read, and so nothing was computed. */
          sha256: v.nullable(v.string()),
          /** The classes' names are taken from their number alone. */
          labelsAssumed: v.boolean(),
          /** Whether classes have names; otherwise they are called by their index. */
          labelled: v.boolean(),
          /** Whether it gives the outputs that were kept of it; null where none were. */
          fingerprint: v.nullable(v.picklist(['same', 'differs'])),
        }),
        /** In the order asked for. */
        images: v.array(
          v.object({
            image: v.string(),
            /** Likeliest first; empty for an image with a problem. */
            predictions: v.array(predictionSchema),
            /** Why it can't be read; null where it can. */
            problem: v.nullable(v.object({ code: v.string(), reason: v.string() })),
          }),
        ),
        /** Null where nothing was computed. */
        engine: v.nullable(engineInfoSchema),
        /** Of the model's run alone, compiling included. */
        seconds: v.number(),
      }),
    ),
};
