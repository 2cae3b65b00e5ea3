import { AppError } from '../errors.ts';
import { augregNameOf, VARIANTS } from '../models/variants.ts';
import type { Variant } from '../models/variants.ts';
import { nearest } from '../nearest.ts';
import { MODEL_OF_CHECKPOINT, modelConfigOf } from './model-config.ts';
import type { EncoderModelConfig, OptimizerConfig, RunConfig } from './run-config.ts';

export interface Preset {
  /** As `--config=` takes it; null without one. */
  readonly name: string | null;
  readonly config: RunConfig;
}

export const PRESET_EXAMPLES = ['augreg:Ti_16', 'vit:b16,cifar10', 'mixer_base16_cifar10'] as const;

/** vit_jax's optimizer; the rest are the defaults of optax's adam and adamw. */
const SGD: OptimizerConfig = {
  name: 'sgd',
  b1: 0.9,
  b2: 0.999,
  eps: 1e-8,
  weight_decay: 1e-4,
  decay: 'all',
  layer_decay: 1,
  sharpness: 'none',
  rho: 0.05,
  alpha: 0.4,
};

/** Vitrine's own fields as vit_jax would have them: everything that it doesn't do is off. */
const AS_VIT_JAX: RunConfig['vitrine'] = {
  keep_minutes: 10,
  exif: 'ignore',
  crop_area_min: 0.05,
  flip: true,
  optim: SGD,
  aug: { rand_layers: 0, rand_magnitude: 0, color_jitter: 0, erasing: 0, mixup: 0, cutmix: 0 },
  label_smoothing: 0,
  stochastic_depth: 0,
  ema: 0,
  train: 'all',
  train_blocks: 1,
  precision: 'float32',
  recompute: false,
  devices: 1,
  auto_accum: false,
  early_stop: 0,
  best_by: 'none',
};

type Schedule = Pick<RunConfig, 'total_steps' | 'warmup_steps'>;

/** vit_jax's configs/augreg.py: schedule and preprocessing. */
const AUGREG: Schedule & Pick<RunConfig, 'base_lr' | 'pp'> = {
  base_lr: 0.03,
  total_steps: 500,
  warmup_steps: 100,
  pp: { train: 'train', test: 'test', resize: 448, crop: 384 },
};

/** vit_jax's configs/common.py, DATASET_PRESETS: the rest of train is left for validation. */
const DATASETS: Readonly<Record<string, Pick<RunConfig, 'total_steps' | 'pp'>>> = {
  cifar10: { total_steps: 10_000, pp: { train: 'train[:98%]', test: 'test', resize: null, crop: 384 } },
  cifar100: { total_steps: 10_000, pp: { train: 'train[:98%]', test: 'test', resize: null, crop: 384 } },
  imagenet2012: { total_steps: 20_000, pp: { train: 'train[:99%]', test: 'validation', resize: null, crop: 384 } },
};

/** vit_jax's configs/common.py over a model, with what the presets give. */
function common(given: Pick<RunConfig, 'model' | 'total_steps' | 'pp'> & Partial<RunConfig>): RunConfig {
  const { pp, model, total_steps, vitrine, ...rest } = given;
  return {
    pretrained_dir: '.',
    dataset: '',
    tfds_manual_dir: null,
    tfds_data_dir: null,
    total_steps,
    grad_norm_clip: 1,
    optim_dtype: 'bfloat16',
    accum_steps: 8,
    batch: 512,
    batch_eval: 512,
    shuffle_buffer: 50_000,
    eval_every: 100,
    progress_every: 10,
    checkpoint_every: 1000,
    prefetch: 2,
    base_lr: 0.03,
    decay_type: 'cosine',
    warmup_steps: 500,
    trainer: 'train',
    model_type: 'hidden_dim' in model ? 'Mixer' : 'ViT',
    model_or_filename: null,
    ...rest,
    model,
    pp: { ...pp },
    seed: 0,
    vitrine: { ...AS_VIT_JAX, ...vitrine },
  };
}

const SPELLING = /^(?:.*[\\/])?(augreg|vit|mixer_base16_cifar10)(?:\.py)?(?::(.*))?$/;

/**
 * The preset that `--config=` names: `augreg:MODEL`, `augreg:FILENAME`, `vit:MODEL,DATASET`, `mixer_base16_cifar10`, or
 * any path to vit_jax's file of that name. Without one: architecture and resolution are the checkpoint's, the schedule
 * is augreg's.
 * @throws AppError config
 */
export function presetNamed(text: string | undefined): Preset {
  if (text === undefined) {
    const pp = { ...AUGREG.pp, resize: null, crop: null };
    const vitrine = { ...AS_VIT_JAX, exif: 'exif' as const };
    return { name: null, config: common({ ...AUGREG, model: MODEL_OF_CHECKPOINT, pp, vitrine }) };
  }
  const [, kind, argument] = SPELLING.exec(text) ?? [];
  if (kind === 'augreg') return augregPreset(argument ?? '');
  if (kind === 'vit') return vitPreset(argument ?? '');
  if (kind === 'mixer_base16_cifar10') return mixerPreset(argument);
  throw new AppError('config', `There is no configuration "${text}".`, {
    hint: `Known: ${PRESET_EXAMPLES.join(', ')}, also as paths to vit_jax's files.`,
    details: { config: text },
  });
}

function augregPreset(argument: string): Preset {
  const file = argument.replace(/\.npz$/, '');
  const isBare = !file.includes('-');
  // The paper writes "R26+S/32".
  const wanted = isBare ? file.replaceAll(/[+/]/g, '_') : file;
  const variant = pick(wanted.split('-')[0]!, augregNameOf, 'AugReg model');
  const name = isBare ? augregNameOf(variant)! : file;
  const model = modelConfigOf(variant) as EncoderModelConfig;
  const config = common({
    ...AUGREG,
    pretrained_dir: 'gs://vit_models/augreg',
    model_or_filename: name,
    model: { ...model, transformer: { ...model.transformer, dropout_rate: 0 } },
  });
  return { name: `augreg:${name}`, config };
}

function vitPreset(argument: string): Preset {
  const [wanted = '', dataset = '', ...more] = argument.split(',');
  if (more.length > 0 || wanted === '' || !Object.hasOwn(DATASETS, dataset)) {
    throw new AppError('config', `vit takes MODEL,DATASET, and got "${argument}".`, {
      hint: `For example vit:b16,cifar10. Datasets: ${Object.keys(DATASETS).join(', ')}.`,
      details: { argument },
    });
  }
  const variant = pick(wanted, (v) => v.configName, 'model');
  const rate = wanted === 'b16' && dataset === 'cifar10' ? { base_lr: 0.01 } : {};
  const config = common({ ...DATASETS[dataset]!, ...rate, dataset, model: modelConfigOf(variant) });
  return { name: `vit:${wanted},${dataset}`, config };
}

function mixerPreset(argument: string | undefined): Preset {
  if (argument) {
    throw new AppError('config', `mixer_base16_cifar10 takes no argument, and got "${argument}".`);
  }
  const variant = pick('mixer_b16', (v) => v.configName, 'model');
  const pp = { ...DATASETS['cifar10']!.pp, crop: 224 };
  const config = common({ total_steps: 10_000, dataset: 'cifar10', model: modelConfigOf(variant), pp });
  return { name: 'mixer_base16_cifar10', config };
}

/** A variant by one of its names. @throws AppError config with the nearest */
function pick(name: string, nameOf: (v: Variant) => string | null, kind: string): Variant {
  const found = VARIANTS.find((v) => nameOf(v) === name);
  if (found) return found;
  const known = VARIANTS.map(nameOf).filter((n) => n !== null);
  const guess = nearest(name, known);
  throw new AppError('config', name === '' ? `The ${kind} is missing.` : `There is no ${kind} "${name}".`, {
    hint: `${guess ? `Did you mean "${guess}"? ` : ''}Known: ${known.join(', ')}.`,
    details: { name, known },
  });
}
