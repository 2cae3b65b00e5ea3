import type { Classifier } from '../models/architecture.ts';
import type { DecayType } from './learning-rate.ts';

/**
 * The configuration of a fine-tuning: vit_jax's fields with its names and nesting (configs/common.py, augreg.py,
 * vit.py, models.py), so that its command lines work unchanged, and Vitrine's own: `seed` and `vitrine`. What each
 * field means, its type and its range stand in fields.ts.
 */
export interface RunConfig {
  pretrained_dir: string;
  dataset: string;
  tfds_manual_dir: string | null;
  tfds_data_dir: string | null;
  total_steps: number;
  grad_norm_clip: number;
  optim_dtype: 'bfloat16' | 'float32';
  accum_steps: number;
  batch: number;
  batch_eval: number;
  shuffle_buffer: number;
  eval_every: number;
  progress_every: number;
  checkpoint_every: number;
  prefetch: number;
  base_lr: number;
  decay_type: DecayType;
  warmup_steps: number;
  trainer: 'train';
  model_type: 'ViT' | 'Mixer';
  model_or_filename: string | null;
  model: EncoderModelConfig | MixerModelConfig;
  pp: {
    train: string;
    test: string;
    resize: number | null;
    /** px; null: the resolution that the checkpoint was made for. */
    crop: number | null;
  };
  seed: number;
  vitrine: {
    keep_minutes: number;
    exif: 'ignore' | 'exif';
    crop_area_min: number;
    flip: boolean;
    optim: OptimizerConfig;
    aug: AugmentationConfig;
    label_smoothing: number;
    stochastic_depth: number;
    /** Decay of the running mean of the parameters; 0: none is kept. */
    ema: number;
    /** What learns. */
    train: TrainedPart;
    /** Of `train` blocks: how many, from the last. */
    train_blocks: number;
    precision: 'float32' | 'bfloat16';
    recompute: boolean;
    devices: number;
    auto_accum: boolean;
    /** Evaluations without a better one after which the run ends; 0: never. */
    early_stop: number;
    best_by: 'none' | 'accuracy' | 'loss';
  };
}

/** All parameters, the last blocks with the head, the head, or the head alone on features computed once. */
export type TrainedPart = 'all' | 'blocks' | 'head' | 'probe';

/** What happens to training images beside vit_jax's crop and flip; 0: nothing. */
export interface AugmentationConfig {
  /** RandAugment's N and M (arXiv:1909.13719). */
  rand_layers: number;
  rand_magnitude: number;
  /** Brightness, contrast and saturation by at most this share. */
  color_jitter: number;
  /** Probability that a rectangle is erased. */
  erasing: number;
  /** The alpha of mixup's and of cutmix's Beta distribution. */
  mixup: number;
  cutmix: number;
}

export type OptimizerName = 'sgd' | 'adam' | 'adamw';

/** How gradients become updates. All but the name is for Adam and AdamW, as optax names it. */
export interface OptimizerConfig {
  name: OptimizerName;
  b1: number;
  b2: number;
  eps: number;
  weight_decay: number;
  /** Which parameters weight decay shrinks. */
  decay: 'all' | 'kernels';
  /** The learning rate of a block is that of the one above times this; 1: all learn alike. */
  layer_decay: number;
  /** Sharpness-aware minimisation (arXiv:2010.01412, 2203.08065) around the optimizer. */
  sharpness: 'none' | 'sam' | 'gsam';
  rho: number;
  alpha: number;
}

/** A ViT's or hybrid's; null: as in the checkpoint (but representation_size null: no pre_logits layer). */
export interface EncoderModelConfig {
  model_name: string | null;
  patches: { size: [number, number] | null };
  hidden_size: number | null;
  transformer: {
    mlp_dim: number | null;
    num_heads: number | null;
    num_layers: number | null;
    attention_dropout_rate: number;
    dropout_rate: number;
  };
  classifier: Classifier | null;
  representation_size: number | null;
  resnet?: { num_layers: number[]; width_factor: number };
}

export interface MixerModelConfig {
  model_name: string;
  patches: { size: [number, number] };
  hidden_dim: number;
  num_blocks: number;
  tokens_mlp_dim: number;
  channels_mlp_dim: number;
}

export function isMixerConfig(model: RunConfig['model']): model is MixerModelConfig {
  return 'hidden_dim' in model;
}

/** A value at the end of a path. */
export type Leaf = string | number | boolean | null | number[];

interface Group {
  [name: string]: Leaf | Group | undefined;
}

/** Every leaf with its dotted path (`pp.crop`), in the configuration's order. */
export function leavesOf(config: RunConfig): [path: string, value: Leaf][] {
  return walk(config as unknown as Group, '');
}

function walk(group: Group, prefix: string): [string, Leaf][] {
  return Object.entries(group).flatMap(([name, value]): [string, Leaf][] => {
    if (value === undefined) return [];
    const isLeaf = value === null || typeof value !== 'object' || Array.isArray(value);
    return isLeaf ? [[prefix + name, value]] : walk(value, `${prefix}${name}.`);
  });
}

/** A copy with one leaf replaced; the path must be one of leavesOf's. */
export function withLeaf(config: RunConfig, path: string, value: Leaf): RunConfig {
  return replace(config as unknown as Group, path.split('.'), value) as unknown as RunConfig;
}

function replace(group: Group, path: string[], value: Leaf): Group {
  const [name, ...rest] = path;
  if (rest.length === 0) return { ...group, [name!]: value };
  return { ...group, [name!]: replace(group[name!] as Group, rest, value) };
}
