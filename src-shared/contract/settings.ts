import * as v from 'valibot';
import { SETTING_NAMES, SETTINGS } from '../settings/settings.ts';
import { procedure } from './procedure.ts';

const schemas = {
  offline: SETTINGS.offline.schema,
  bandwidth: SETTINGS.bandwidth.schema,
  parallelDownloads: SETTINGS.parallelDownloads.schema,
  mirrors: SETTINGS.mirrors.schema,
  threads: SETTINGS.threads.schema,
  theme: SETTINGS.theme.schema,
  updates: SETTINGS.updates.schema,
  telemetry: SETTINGS.telemetry.schema,
};

export const settingsSchema = v.object(schemas);

const statusSchema = v.object({
  settings: settingsSchema,
  /** Names of those that a person has set. */
  changed: v.array(v.picklist(SETTING_NAMES)),
  /** The library's folder (VITRINE_HOME, or the platform's data folder) and what its disk has left, bytes. */
  library: v.object({ home: v.string(), freeBytes: v.nullable(v.number()) }),
});

export type SettingsStatus = v.InferOutput<typeof statusSchema>;

export const settings = {
  get: procedure.route({ method: 'GET', summary: 'All settings, and which are set' }).output(statusSchema),
  set: procedure
    .route({ method: 'POST', summary: 'Set some of them, all or none' })
    .input(v.partial(v.strictObject(schemas)))
    .output(statusSchema),
  reset: procedure
    .route({ method: 'POST', summary: 'Back to what holds unset; without names, all' })
    .input(v.object({ names: v.optional(v.array(v.picklist(SETTING_NAMES))) }))
    .output(statusSchema),
};
