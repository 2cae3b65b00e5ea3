import { eventIterator } from '@orpc/contract';
import * as v from 'valibot';
import { MILESTONES } from './milestones.ts';
import { preflightSchema } from './preflight.ts';
import { procedure } from './procedure.ts';
import { failureSchema, PHASES, RUN_CAUSES, timelineEntrySchema } from './run-files.ts';

/**
 * A run's state, derived from what its folder, its process and its person say (src-main/services/runs/state.ts).
 * Interrupted: the process is gone without a word, so nobody knows why.
 */
export const RUN_STATES = [
  'queued',
  'preparing',
  'running',
  'pausing',
  'paused',
  'finished',
  'stopped',
  'failed',
  'interrupted',
] as const;
export type RunState = (typeof RUN_STATES)[number];

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(10_000));
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/, 'a run is named by 12 hexadecimal digits'));
const one = v.object({ id });
/** Not finite numbers travel as null. */
const values = v.record(v.string(), v.nullable(v.number()));

const progressSchema = v.object({
  step: count,
  totalSteps: count,
  loss: v.nullable(v.number()),
  imagesPerSecond: v.number(),
  etaSeconds: v.number(),
});

export const runSummarySchema = v.object({
  id: v.string(),
  name: v.string(),
  state: v.picklist(RUN_STATES),
  /** Of a failure. */
  cause: v.nullable(v.picklist(RUN_CAUSES)),
  error: v.nullable(failureSchema),
  /** What its process does now; null without one. */
  phase: v.nullable(v.picklist(PHASES)),
  /** Updates made, as far as is known. */
  step: count,
  totalSteps: count,
  /** The newest training state, from where it can go on; null before the first. */
  savedStep: v.nullable(count),
  /** Whether "resume" has something to go on with. */
  resumable: v.boolean(),
  /** Why a queued one isn't trained yet. */
  waiting: v.nullable(v.string()),
  /** Place in the queue, from 1. */
  place: v.nullable(count),
  /** Larger goes first. */
  priority: v.pipe(v.number(), v.safeInteger()),
  owner: v.picklist(['host', 'cli']),
  /** Of its process. */
  pid: v.nullable(v.number()),
  device: v.nullable(v.string()),
  workdir: v.string(),
  /** Its folder, or its own name. */
  dataset: v.string(),
  /** As the library calls it, else the last part of its folder. */
  datasetName: v.string(),
  checkpoint: v.nullable(v.string()),
  /** Its model.npz, once it is finished. */
  model: v.nullable(v.string()),
  tags: v.array(v.string()),
  createdAt: v.string(),
  /** When its state last changed. */
  changedAt: v.string(),
});
export type RunSummary = v.InferOutput<typeof runSummarySchema>;

const leafSchema = v.nullable(v.union([v.string(), v.number(), v.boolean(), v.array(v.number())]));

const runDetailSchema = v.object({
  ...runSummarySchema.entries,
  classNames: v.array(v.string()),
  preset: v.nullable(v.string()),
  /** Every field of its configuration. */
  config: v.array(v.object({ path: v.string(), value: leafSchema })),
  /** The newest value of each metric. */
  latest: values,
});
export type RunDetail = v.InferOutput<typeof runDetailSchema>;

/** What a training is asked for with. Relative paths are below `cwd`, which is the library's folder where not given. */
export const runInputSchema = v.object({
  name: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200))),
  /** augreg:Ti_16, vit:b16,cifar10 … as `--config=` takes it. */
  preset: v.optional(text),
  /** `--config.field=value` each; where the preset names no data set, they must: `--config.dataset=FOLDER`. */
  overrides: v.optional(v.pipe(v.array(text), v.maxLength(500)), []),
  /** The file to start from; otherwise where the configuration says. */
  checkpoint: v.optional(text),
  /** Where the run lives; otherwise a new folder among the library's runs. */
  workdir: v.optional(text),
  skipBad: v.optional(v.boolean(), false),
  /** Go on with the run of vit_jax that `checkpoint` is of: momentum and step as well as weights. */
  continueRun: v.optional(v.boolean(), false),
  /** Take weights that are NaN or infinite. */
  allowNan: v.optional(v.boolean(), false),
  threads: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1024))),
  /** Begin with the newest saved state of this run, which must be of that step where one is given. */
  branch: v.optional(v.object({ run: id, step: v.optional(count) })),
  priority: v.optional(v.pipe(v.number(), v.safeInteger()), 0),
  tags: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(100))), v.maxLength(100)), []),
  cwd: v.optional(text),
});
export type RunInput = v.InferOutput<typeof runInputSchema>;

/** The learning rate follows the schedule of `totalSteps` from the step that the run had reached. */
const extensionSchema = v.object({ id, totalSteps: v.pipe(count, v.minValue(1)) });

const engineInfoSchema = v.object({
  kind: v.picklist(['tensorflow', 'wasm']),
  version: v.string(),
  devices: v.array(
    v.object({ name: v.string(), type: v.picklist(['CPU', 'GPU']), memoryBytes: v.optional(v.number()) }),
  ),
  threads: v.object({ intra: v.number(), inter: v.number() }),
  reason: v.string(),
});

/** What is told while a training is followed from its start to its end. */
export const runEventSchema = v.variant('type', [
  /** First, and again where it begins to wait. */
  v.object({ type: v.literal('run'), run: runSummarySchema }),
  v.object({
    type: v.literal('preparing'),
    phase: v.picklist(['list', 'check', 'import']),
    done: count,
    total: count,
  }),
  v.object({ type: v.literal('dataset'), root: v.string(), classes: count, train: count, test: count }),
  v.object({ type: v.literal('note'), text: v.string() }),
  v.object({ type: v.literal('phase'), phase: v.picklist(PHASES), step: count }),
  v.object({ type: v.literal('step'), ...progressSchema.entries, loss: v.number() }),
  v.object({ type: v.literal('metrics'), step: count, values }),
  v.object({ type: v.literal('checkpoint'), step: count }),
  v.object({ type: v.literal('milestone'), what: v.picklist(MILESTONES), step: count, text: v.string() }),
  v.object({
    type: v.literal('result'),
    state: v.picklist(['done', 'interrupted']),
    step: count,
    totalSteps: count,
    model: v.nullable(v.string()),
    best: v.nullable(
      v.object({
        step: count,
        accuracy: v.number(),
        loss: v.number(),
        by: v.picklist(['accuracy', 'loss']),
        /** Its best.npz, where that is kept. */
        model: v.nullable(v.string()),
      }),
    ),
    stoppedEarly: v.boolean(),
    metrics: values,
    stepsRun: count,
    engine: v.nullable(engineInfoSchema),
  }),
]);
export type RunEvent = v.InferOutput<typeof runEventSchema>;

const pointSchema = v.object({ step: count, values });

/** What changes of one run while it is watched. */
export const runChangeSchema = v.variant('type', [
  v.object({ type: v.literal('run'), run: runSummarySchema }),
  v.object({ type: v.literal('progress'), ...progressSchema.entries }),
  v.object({ type: v.literal('phase'), phase: v.picklist(PHASES), step: count }),
  /** New lines of metrics, in order. `reread`: too many to send, or older ones no longer count; ask for them anew. */
  v.object({ type: v.literal('points'), points: v.array(pointSchema), reread: v.boolean() }),
]);
export type RunChange = v.InferOutput<typeof runChangeSchema>;

const seriesSchema = v.object({
  name: v.string(),
  /** Before they were thinned out. */
  total: count,
  points: v.array(v.tuple([v.number(), v.nullable(v.number())])),
});

const metricsSchema = v.object({
  /** All that the run has. */
  names: v.array(v.string()),
  series: v.array(seriesSchema),
  /** The last step with a metric; given back as `from`, no earlier ones come (a step may get more than one line). */
  last: count,
});
export type RunMetrics = v.InferOutput<typeof metricsSchema>;

const listSchema = v.object({ runs: v.array(runSummarySchema), total: count });

export const runs = {
  list: procedure
    .route({ method: 'GET', summary: 'Runs, newest first, by state and text' })
    .input(
      v.object({
        state: v.optional(v.picklist(RUN_STATES)),
        /** In name, data set, workdir or tags. */
        text: v.optional(text),
        limit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1000)), 100),
        offset: v.optional(count, 0),
      }),
    )
    .output(listSchema),
  get: procedure
    .route({ method: 'GET', summary: 'One run, with its whole configuration' })
    .input(one)
    .output(runDetailSchema),
  start: procedure
    .route({ method: 'POST', summary: 'Queue a training' })
    .input(runInputSchema)
    .output(runSummarySchema),
  /** Reads all that the run would, and runs one step where no training has the device; nothing is begun or kept. */
  preflight: procedure
    .route({ method: 'POST', summary: 'Whether a training would go, check by check, with one real step' })
    .input(runInputSchema)
    .output(preflightSchema),
  /** As `start` or `resume`, followed to its end. It goes on when the follower leaves. */
  train: procedure
    .route({ method: 'POST', summary: 'Train, and tell of it to the end' })
    .input(v.object({ start: v.optional(runInputSchema), resume: v.optional(id), extend: v.optional(extensionSchema) }))
    .output(eventIterator(runEventSchema)),
  watch: procedure
    .route({ method: 'GET', summary: 'What changes of one run, beginning with how it stands' })
    .input(one)
    .output(eventIterator(runChangeSchema)),
  pause: procedure
    .route({ method: 'POST', summary: 'Save after this step and end; it can go on later' })
    .input(one)
    .output(runSummarySchema),
  resume: procedure.route({ method: 'POST', summary: 'Queue a run to go on' }).input(one).output(runSummarySchema),
  extend: procedure
    .route({ method: 'POST', summary: 'Queue a finished run to go on to a larger number of steps' })
    .input(extensionSchema)
    .output(runSummarySchema),
  stop: procedure
    .route({ method: 'POST', summary: 'End a run for good: keep what is learnt so far, or discard it' })
    .input(v.object({ id, keep: v.boolean() }))
    .output(runSummarySchema),
  evaluateNow: procedure
    .route({ method: 'POST', summary: 'Score the test split after this step' })
    .input(one)
    .output(runSummarySchema),
  /** A queued run before another one, or at the end. */
  move: procedure
    .route({ method: 'POST', summary: 'Give a queued run another place' })
    .input(v.object({ id, before: v.nullable(id) }))
    .output(listSchema),
  edit: procedure
    .route({ method: 'POST', summary: 'Name, tags and priority' })
    .input(
      v.object({
        id,
        name: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200))),
        tags: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(100))), v.maxLength(100))),
        priority: v.optional(v.pipe(v.number(), v.safeInteger())),
      }),
    )
    .output(runSummarySchema),
  /** Starts nothing: what comes back can be changed and given to `start`. */
  clone: procedure.route({ method: 'GET', summary: 'What a run was asked for with' }).input(one).output(runInputSchema),
  metrics: procedure
    .route({ method: 'POST', summary: 'Metrics by step, thinned out without losing peaks' })
    .input(
      v.object({
        id,
        /** All, where not given. */
        names: v.optional(v.pipe(v.array(text), v.maxLength(100))),
        from: v.optional(count, 0),
        maxPoints: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(8), v.maxValue(100_000)), 1000),
      }),
    )
    .output(metricsSchema),
  timeline: procedure
    .route({ method: 'GET', summary: 'What happened in a run, oldest first' })
    .input(
      v.object({ id, limit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(5000)), 500) }),
    )
    .output(v.array(timelineEntrySchema)),
  remove: procedure
    .route({ method: 'POST', summary: 'Forget a run; with its files, or without' })
    .input(v.object({ id, files: v.boolean() }))
    .output(v.object({ id: v.string() })),
  adopt: procedure
    .route({ method: 'POST', summary: 'List a workdir that is there already' })
    .input(v.object({ workdir: v.pipe(text, v.minLength(1)) }))
    .output(runSummarySchema),
};
