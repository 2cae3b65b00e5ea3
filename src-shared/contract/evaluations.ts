import * as v from 'valibot';
import { keptFailureSchema, workProgressSchema } from './failure.ts';
import { procedure } from './procedure.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const byId = v.object({ id: v.string() });
const intervalSchema = v.object({ low: v.number(), high: v.number() });

export const evaluationStateSchema = v.picklist([
  /** Another evaluation is being computed. */
  'queued',
  'running',
  'finished',
  'failed',
  'cancelled',
  /** The process that computed it is gone without a word. */
  'interrupted',
]);

export const evaluationSchema = v.object({
  id: v.string(),
  state: evaluationStateSchema,
  progress: v.nullable(workProgressSchema),
  error: v.nullable(keptFailureSchema),
  checkpoint: v.object({
    path: v.string(),
    name: v.string(),
    /** Known when it is finished. */
    sha256: v.nullable(v.string()),
    /** A few words, such as "ViT-Ti/16, token". */
    architecture: v.nullable(v.string()),
  }),
  dataset: v.object({
    /** Null where the data set is not in the library any more. */
    id: v.nullable(v.string()),
    name: v.string(),
    root: v.string(),
    split: v.string(),
  }),
  /** The main figures; all of them stand in the report. */
  result: v.nullable(
    v.object({
      scored: count,
      /** Files of the split, unreadable ones included. */
      files: count,
      /** Whether every file was scored. */
      complete: v.boolean(),
      top1: v.number(),
      /** 95 %. */
      top1Interval: intervalSchema,
      /** Null for five classes or fewer. */
      top5: v.nullable(v.number()),
      /** Mean cross-entropy, nats. */
      loss: v.number(),
      lossInterval: intervalSchema,
      macroF1: v.number(),
      /** Expected calibration error over 15 equal-width bins. */
      ece: v.number(),
    }),
  ),
  /** Addresses below /media of the report's files. */
  report: v.nullable(v.object({ html: v.string(), json: v.string(), csv: v.string() })),
  createdAt: v.string(),
  finishedAt: v.nullable(v.string()),
});

export type Evaluation = v.InferOutput<typeof evaluationSchema>;

const settingsSchema = v.object({
  /** A file on the machine that serves this. */
  checkpoint: v.pipe(v.string(), v.minLength(1)),
  /** A data set's id. */
  dataset: v.string(),
  /** A split, or a part of one as tfds spells it: test, train[90%:]. */
  split: v.optional(v.pipe(v.string(), v.minLength(1)), 'test'),
  /** Leave out images that can't be read; the report then says INCOMPLETE. */
  skipBad: v.optional(v.boolean(), false),
  /** Images scored at a time. */
  batch: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65536)), 64),
  /** Of the bootstrap intervals. */
  seed: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0),
});

export type EvaluationSettings = v.InferOutput<typeof settingsSchema>;

const imagesQuerySchema = v.object({
  id: v.string(),
  /** Class indices; both: a cell of the confusion matrix. */
  truth: v.optional(count),
  predicted: v.optional(count),
  only: v.optional(v.picklist(['all', 'right', 'wrong']), 'all'),
  /** These and no others, by their number in the report. */
  images: v.optional(v.pipe(v.array(count), v.maxLength(200))),
  offset: v.optional(count, 0),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 60),
});

export type EvaluationImagesQuery = v.InferOutput<typeof imagesQuerySchema>;

const scoredImageSchema = v.object({
  /** Its number in the report: the order scored. */
  image: count,
  /** Relative to the data set's root, with '/'. */
  name: v.string(),
  truth: count,
  predicted: count,
  /** Probability of the predicted class. */
  confidence: v.number(),
  /** Probability of the label. */
  labelProbability: v.number(),
  /** An address below /media; null where the library has the data set or the image no more. */
  thumbnail: v.nullable(v.string()),
});

export type ScoredImage = v.InferOutput<typeof scoredImageSchema>;

export const evaluations = {
  start: procedure
    .route({ method: 'POST', summary: 'Scores a checkpoint on every image of a split; goes on behind' })
    .input(settingsSchema)
    .output(evaluationSchema),
  list: procedure
    .route({ method: 'GET', summary: 'All evaluations, the newest first' })
    .output(v.array(evaluationSchema)),
  get: procedure.route({ method: 'GET', summary: 'One evaluation' }).input(byId).output(evaluationSchema),
  images: procedure
    .route({ method: 'POST', summary: 'Scored images of a report, the most confident first, a page at a time' })
    .input(imagesQuerySchema)
    .output(v.object({ total: count, images: v.array(scoredImageSchema) })),
  cancel: procedure
    .route({ method: 'POST', summary: 'Stops an evaluation that is queued or running' })
    .input(byId)
    .output(evaluationSchema),
  remove: procedure.route({ method: 'POST', summary: 'Deletes an evaluation and its report' }).input(byId).output(byId),
};
