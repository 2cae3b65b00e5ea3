import * as v from 'valibot';
import { procedure } from './procedure.ts';

const leafSchema = v.nullable(v.union([v.string(), v.number(), v.boolean(), v.array(v.number())]));
const text = v.pipe(v.string(), v.maxLength(10_000));

const presetSchema = v.object({
  /** What `preset` of a run takes. */
  id: v.string(),
  title: v.string(),
  reason: v.string(),
  source: v.string(),
  /** It goes over another: ID:BASE; alone it takes the checkpoint's architecture. */
  combines: v.boolean(),
  /** What it sets over its base; null for a whole configuration. */
  fields: v.nullable(v.array(v.object({ path: v.string(), value: leafSchema }))),
});

const resolvedSchema = v.object({
  preset: v.nullable(v.string()),
  config: v.array(v.object({ path: v.string(), value: leafSchema, about: v.string() })),
  changed: v.array(v.object({ path: v.string(), value: leafSchema, preset: leafSchema })),
  notes: v.array(v.string()),
});

/** What a run can be configured with, before one is started. */
export const configs = {
  presets: procedure
    .route({ method: 'GET', summary: 'Every preset with its reason, in groups' })
    .output(v.array(v.object({ id: v.string(), title: v.string(), presets: v.array(presetSchema) }))),
  resolve: procedure
    .route({ method: 'POST', summary: 'Every field of a configuration, and what is odd about it' })
    .input(
      v.object({
        preset: v.optional(text),
        /** `--config.field=value` each. */
        overrides: v.optional(v.pipe(v.array(text), v.maxLength(500)), []),
        hasCheckpoint: v.optional(v.boolean(), false),
      }),
    )
    .output(resolvedSchema),
};
