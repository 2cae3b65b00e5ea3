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
      }),
    )
    .output(
      v.object({
        checkpoint: v.object({
          name: v.string(),
          sha256: v.string(),
          /** The classes' names are taken from their number alone. */
          labelsAssumed: v.boolean(),
        }),
        images: v.array(v.object({ image: v.string(), predictions: v.array(predictionSchema) })),
        engine: engineInfoSchema,
        /** Of the model's run alone, compiling included. */
        seconds: v.number(),
      }),
    ),
};
