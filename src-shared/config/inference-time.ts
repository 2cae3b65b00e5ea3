import { AppError } from '../errors.ts';
import { variantNamed, VARIANTS } from '../models/variants.ts';
import { nearest } from '../nearest.ts';
import { flagParts, parseValue } from './overrides.ts';
import type { FieldSpec } from './fields.ts';
import type { Leaf } from './run-config.ts';

/** vit_jax's configs/inference_time.py: how fast a model predicts. Of batch, num_classes and image_size 0 is "not set". */
export interface InferenceTimeConfig {
  model_name: string;
  log_dir: string;
  steps: number;
  initial_steps: number;
  batch: number;
  num_classes: number;
  image_size: number;
  trainer: 'inference_time';
}

export const INFERENCE_TIME: InferenceTimeConfig = {
  model_name: 'ViT-B_32',
  log_dir: '.',
  steps: 30,
  initial_steps: 10,
  batch: 0,
  num_classes: 0,
  image_size: 0,
  trainer: 'inference_time',
};

export const INFERENCE_TIME_FIELDS: Readonly<Record<keyof InferenceTimeConfig, FieldSpec>> = {
  model_name: {
    type: 'string',
    choices: VARIANTS.map((v) => v.modelName),
    about: 'The model; its weights are random.',
  },
  log_dir: { type: 'string', about: 'Where vit_jax would log.', unused: 'the figures go to standard output' },
  steps: { type: 'int', min: 1, about: 'Forward passes that are timed; vit_jax times initial_steps of them instead.' },
  initial_steps: { type: 'int', min: 0, about: 'Forward passes before that.' },
  batch: { type: 'int', min: 0, about: 'Images a forward pass; 0: not set, which vit_jax refuses.' },
  num_classes: { type: 'int', min: 0, about: 'Outputs of the head; 0: not set, which vit_jax refuses.' },
  image_size: { type: 'int', min: 0, about: 'Height and width, px; 0: not set, which vit_jax refuses.' },
  trainer: {
    type: 'string',
    choices: ['inference_time'],
    about: "What runs it; vit_jax's file sets `train`, where its main.py reads `trainer`.",
  },
};

export interface ResolvedInferenceTime {
  /** inference_time:MODEL */
  readonly preset: string;
  readonly config: InferenceTimeConfig;
  readonly changed: { path: string; value: Leaf; preset: Leaf }[];
  readonly notes: string[];
}

const SPELLING = /^(?:.*[\\/])?inference_time(?:\.py)?(?::(.*))?$/;

/** Whether `--config=` names inference_time, with or without a model. */
export function isInferenceTime(name: string | undefined): name is string {
  return name !== undefined && SPELLING.test(name);
}

/**
 * `inference_time`, `inference_time:ViT-L_16`, or vit_jax's path to the file, with overrides.
 * @throws AppError config
 */
export function resolveInferenceTime(name: string, overrides: readonly string[]): ResolvedInferenceTime {
  const model = variantNamed(SPELLING.exec(name)?.[1] || INFERENCE_TIME.model_name).modelName;
  const preset = { ...INFERENCE_TIME, model_name: model };
  const values: Record<string, Leaf> = { ...preset };
  const notes: string[] = [];
  for (const flag of overrides) {
    const { path, text } = flagParts(flag);
    // The slip of vit_jax's file, written as it is there.
    const field = path === 'train' ? 'trainer' : path;
    if (!Object.hasOwn(INFERENCE_TIME_FIELDS, field)) throw unknownField(path);
    const spec = INFERENCE_TIME_FIELDS[field as keyof InferenceTimeConfig];
    if (text === undefined)
      throw new AppError('config', `config.${field} has no value.`, { hint: `Write --config.${field}=VALUE.` });
    values[field] = parseValue(field, text, spec);
    if (path === 'train') notes.push('config.train is taken as config.trainer, which is what vit_jax reads.');
    if (spec.unused) notes.push(`config.${field} has no effect: ${spec.unused}.`);
  }
  const config = values as unknown as InferenceTimeConfig;
  const changed = (Object.keys(config) as (keyof InferenceTimeConfig)[])
    .filter((path) => config[path] !== preset[path])
    .map((path) => ({ path, value: config[path], preset: preset[path] }));
  return { preset: `inference_time:${model}`, config, changed, notes };
}

function unknownField(path: string): AppError {
  const known = Object.keys(INFERENCE_TIME_FIELDS);
  const guess = nearest(path, known);
  return new AppError('config', `inference_time has no field "${path}".`, {
    hint: `${guess ? `Did you mean config.${guess}? ` : ''}It has ${known.join(', ')}.`,
    details: { field: path },
  });
}
