import * as v from 'valibot';

/** Where a checkpoint can come from: the buckets of the papers' authors, and the mirrors of their weights. */
export const SOURCE_KINDS = ['bucket', 'timm', 'huggingface', 'other'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

interface Setting<Schema extends v.GenericSchema> {
  readonly schema: Schema;
  readonly fallback: v.InferOutput<Schema>;
  /** What it does, as a sentence without a full stop. */
  readonly about: string;
  /** What may be given, for a person. */
  readonly values: string;
}

function setting<const Schema extends v.GenericSchema>(row: Setting<Schema>): Setting<Schema> {
  return row;
}

/** Slower than this a transfer would be taken for one that hangs. */
const SLOWEST_BYTES_PER_SECOND = 10_000;

/** Everything that a person can set for the whole application: one row a setting. */
export const SETTINGS = {
  offline: setting({
    schema: v.boolean(),
    fallback: false,
    about: 'Refuse every request to another machine',
    values: 'true, false',
  }),
  bandwidth: setting({
    schema: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(SLOWEST_BYTES_PER_SECOND), v.maxValue(1e12))),
    fallback: null,
    about: 'Bytes a second that all downloads together may take',
    values: 'none, or a number such as 500k or 20M',
  }),
  parallelDownloads: setting({
    schema: count(8),
    fallback: 2,
    about: 'Downloads at a time',
    values: '1 to 8',
  }),
  mirrors: setting({
    schema: v.pipe(v.array(v.picklist(SOURCE_KINDS)), v.minLength(1)),
    fallback: [...SOURCE_KINDS],
    about: 'Where checkpoints are fetched from, the first that has one; what is not listed is tried last',
    values: `a list of ${SOURCE_KINDS.join(', ')}`,
  }),
  threads: setting({
    schema: v.nullable(count(1024)),
    fallback: null,
    about: 'Threads that a worker computes with',
    values: 'none (all cores), or 1 to 1024',
  }),
  theme: setting({
    schema: v.picklist(['system', 'light', 'dark']),
    fallback: 'system',
    about: 'Colours of the window',
    values: 'system, light, dark',
  }),
  updates: setting({
    schema: v.boolean(),
    fallback: false,
    about: 'Look for new versions of the desktop app once a day; nothing is downloaded unasked',
    values: 'true, false',
  }),
  telemetry: setting({
    schema: v.literal('none'),
    fallback: 'none',
    about: 'What is reported about you: nothing, and there is nothing to switch on',
    values: 'none',
  }),
};

export type SettingName = keyof typeof SETTINGS;
export type Settings = { [Name in SettingName]: v.InferOutput<(typeof SETTINGS)[Name]['schema']> };

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** A fresh copy of what holds until a person says otherwise. */
export function defaultSettings(): Settings {
  const entries = SETTING_NAMES.map((name) => {
    const { fallback } = SETTINGS[name];
    return [name, Array.isArray(fallback) ? [...fallback] : fallback] as const;
  });
  return Object.fromEntries(entries) as Settings;
}
