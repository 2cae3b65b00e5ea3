import { eventIterator } from '@orpc/contract';
import * as v from 'valibot';
import { keptFailureSchema } from './failure.ts';
import { procedure } from './procedure.ts';

const engineKindSchema = v.picklist(['tensorflow', 'wasm']);

export type EngineKind = v.InferOutput<typeof engineKindSchema>;

const engineDeviceSchema = v.object({
  name: v.string(),
  type: v.picklist(['CPU', 'GPU']),
  memoryBytes: v.optional(v.number()),
});

export type EngineDevice = v.InferOutput<typeof engineDeviceSchema>;

const engineThreadsSchema = v.object({
  /** Threads inside one op. */
  intra: v.number(),
  /** Ops that run side by side. */
  inter: v.number(),
});

export type EngineThreads = v.InferOutput<typeof engineThreadsSchema>;

export const engineInfoSchema = v.object({
  kind: engineKindSchema,
  /** TensorFlow's version, or that of tfjs's WASM backend. */
  version: v.string(),
  devices: v.array(engineDeviceSchema),
  threads: engineThreadsSchema,
  /** Why this engine and not the other, as one sentence without a full stop. */
  reason: v.string(),
});

/** What a process computes on. */
export type EngineInfo = v.InferOutput<typeof engineInfoSchema>;

const selftestSchema = v.union([
  v.object({
    ok: v.boolean(),
    engine: engineInfoSchema,
    loadMilliseconds: v.number(),
    /** What was computed, its largest absolute difference from the known numbers, and what is allowed. */
    checks: v.array(
      v.object({ name: v.string(), largestDifference: v.number(), tolerance: v.number(), pass: v.boolean() }),
    ),
  }),
  v.object({ ok: v.literal(false), error: keptFailureSchema }),
]);

/** One line of JSON on the standard output of the engine's self-test. */
export type EngineSelftest = v.InferOutput<typeof selftestSchema>;

const engineVariantSchema = v.picklist(['cpu', 'gpu']);

const engineStatusSchema = v.object({
  /** Whether the engine loads and computes rightly, and is the one that was chosen. */
  ok: v.boolean(),
  /** Null when nothing loads. */
  engine: v.nullable(
    v.object({
      ...engineInfoSchema.entries,
      id: v.string(),
      dir: v.nullable(v.string()),
      loadMilliseconds: v.number(),
    }),
  ),
  error: v.nullable(keptFailureSchema),
  /** Every other engine: why it isn't used, and what to do about it. */
  notTaken: v.array(v.object({ engine: v.string(), why: v.string(), todo: v.string() })),
  gpu: v.object({ present: v.boolean(), names: v.array(v.string()), why: v.string() }),
  installed: v.array(
    v.object({
      id: v.string(),
      version: v.string(),
      device: engineVariantSchema,
      dir: v.string(),
      installedAt: v.string(),
    }),
  ),
  /** Where engines are installed. */
  folder: v.string(),
  /** What can be installed on this platform, and what that costs, bytes. */
  available: v.array(
    v.object({
      id: v.string(),
      variant: engineVariantSchema,
      /** Fetched over the network. */
      downloadBytes: v.number(),
      /** Free space it takes while it is installed, and what stays. */
      duringBytes: v.number(),
      afterBytes: v.number(),
    }),
  ),
});

/** The engine in use as it says itself, and every other one with the reason it isn't. */
export type EngineStatus = v.InferOutput<typeof engineStatusSchema>;

const installProgressSchema = v.object({
  step: v.picklist(['check', 'download', 'unpack', 'compile', 'verify', 'done']),
  /** What is being worked on, as one line. */
  message: v.string(),
  /** Bytes, where the step counts them. */
  done: v.optional(v.number()),
  total: v.optional(v.number()),
});

/** One event of an installation. */
export type InstallProgress = v.InferOutput<typeof installProgressSchema>;

const findingSchema = v.object({
  name: v.string(),
  /** A note tells of what is missing and needn't be there, or doesn't apply to this machine. */
  state: v.picklist(['passed', 'failed', 'note']),
  detail: v.string(),
  /** What to do; null where nothing is. */
  fix: v.nullable(v.string()),
});

/** One thing that was looked at on this machine. */
export type Finding = v.InferOutput<typeof findingSchema>;

const engineMemorySchema = v.object({
  devices: v.array(
    v.object({
      /** "cpu", "gpu:0" */
      id: v.string(),
      /** Null where the driver doesn't tell. */
      freeBytes: v.nullable(v.number()),
    }),
  ),
});

export type EngineMemory = v.InferOutput<typeof engineMemorySchema>;

const compiledProgramsSchema = v.object({
  /** Null when none are kept (VITRINE_COMPILED_DIR is set and empty). */
  folder: v.nullable(v.string()),
  /** Files: a model has one for each of its methods. */
  programs: v.number(),
  bytes: v.number(),
});

/** What XLA has compiled and workers keep on disk, so that the next one needn't compile it again. */
export type CompiledPrograms = v.InferOutput<typeof compiledProgramsSchema>;

export const engine = {
  status: procedure
    .route({ method: 'GET', summary: 'Which engine is used and why; loads it in a process of its own' })
    .output(engineStatusSchema),
  install: procedure
    .route({ method: 'POST', summary: 'Installs TensorFlow, as a stream of progress; ends with the step "done"' })
    .input(
      v.object({
        /** By default the GPU's where there is one. */
        variant: v.optional(engineVariantSchema),
        /** A folder of wheels to take instead of the network. */
        wheels: v.optional(v.string()),
      }),
    )
    .output(eventIterator(installProgressSchema)),
  doctor: procedure
    .route({ method: 'POST', summary: 'Looks at what computing needs on this machine, one finding after the other' })
    .input(
      v.object({
        /** Try what is claimed of the engine too: about a minute. */
        selftest: v.optional(v.boolean(), false),
      }),
    )
    .output(eventIterator(findingSchema)),
  memory: procedure
    .route({ method: 'GET', summary: 'What is free now in the memory of what computes' })
    .output(engineMemorySchema),
  remove: procedure
    .route({ method: 'POST', summary: 'Deletes an installed engine' })
    .input(v.object({ id: v.string() }))
    .output(v.object({ id: v.string(), dir: v.string() })),
  selftest: procedure
    .route({
      method: 'POST',
      summary: 'Computes something small on the chosen engine and compares it with known numbers',
    })
    .output(selftestSchema),
  compiled: procedure
    .route({ method: 'GET', summary: 'How much of what XLA has compiled is kept on disk' })
    .output(compiledProgramsSchema),
  clearCompiled: procedure
    .route({ method: 'POST', summary: 'Deletes the compiled programs; says what was there' })
    .output(compiledProgramsSchema),
};
