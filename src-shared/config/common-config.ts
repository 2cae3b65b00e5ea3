import type { OptimizerConfig, RunConfig } from './run-config.ts';

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
export const AS_VIT_JAX: RunConfig['vitrine'] = {
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
export const AUGREG: Schedule & Pick<RunConfig, 'base_lr' | 'pp'> = {
  base_lr: 0.03,
  total_steps: 500,
  warmup_steps: 100,
  pp: { train: 'train', test: 'test', resize: 448, crop: 384 },
};

/** vit_jax's configs/common.py, DATASET_PRESETS: the rest of train is left for validation. */
export const DATASETS: Readonly<Record<string, Pick<RunConfig, 'total_steps' | 'pp'>>> = {
  cifar10: { total_steps: 10_000, pp: { train: 'train[:98%]', test: 'test', resize: null, crop: 384 } },
  cifar100: { total_steps: 10_000, pp: { train: 'train[:98%]', test: 'test', resize: null, crop: 384 } },
  imagenet2012: { total_steps: 20_000, pp: { train: 'train[:99%]', test: 'validation', resize: null, crop: 384 } },
};

/** vit_jax's configs/common.py over a model, with what the presets give. */
export function commonConfig(given: Pick<RunConfig, 'model' | 'total_steps' | 'pp'> & Partial<RunConfig>): RunConfig {
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
