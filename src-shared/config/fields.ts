/** What a field may hold. Bounds are inclusive unless they say "above" or "below". */
export interface FieldSpec {
  readonly type: 'int' | 'float' | 'bool' | 'string' | 'ints';
  readonly about: string;
  /** None, null: see `about`. */
  readonly nullable?: true;
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
  readonly choices?: readonly string[];
  /** Of a list of integers. */
  readonly length?: number;
  /** A workdir may be resumed with another value: what is trained stays the same. */
  readonly mayChange?: true;
  /** Read and kept, but without effect: why. */
  readonly unused?: string;
  /** Not one of vit_jax's. */
  readonly own?: true;
  /**
   * Of a field that came later: what a configuration without it means. At this value it doesn't count in the hash, so
   * that runs from before stay the same runs.
   */
  readonly absent?: string | number | boolean;
}

const RATE = { type: 'float', min: 0, below: 1 } as const;
const SIZE = { type: 'int', min: 1 } as const;
const SIZE_OF_CHECKPOINT = { type: 'int', min: 1, nullable: true } as const;

/** Every field by its path, without the leading `config.`. */
export const FIELDS: Readonly<Record<string, FieldSpec>> = {
  pretrained_dir: {
    type: 'string',
    about: 'Folder or gs:// address where checkpoints are looked for.',
    mayChange: true,
  },
  dataset: { type: 'string', about: 'Folder or file of images, or a data set by its name, as cifar10.' },
  tfds_manual_dir: {
    type: 'string',
    nullable: true,
    about: 'Archives that tfds does not download.',
    mayChange: true,
    unused: 'Vitrine reads folders of images and does not run tfds',
  },
  tfds_data_dir: {
    type: 'string',
    nullable: true,
    about: 'Where tfds keeps its datasets.',
    mayChange: true,
    unused: 'Vitrine reads folders of images and does not run tfds',
  },
  total_steps: { type: 'int', min: 1, about: 'Optimizer updates.' },
  grad_norm_clip: { type: 'float', above: 0, about: 'Global norm to which gradients are clipped.' },
  optim_dtype: {
    type: 'string',
    choices: ['bfloat16', 'float32'],
    about: 'Type of the momentum.',
    mayChange: true,
    unused: 'momentum is kept in bfloat16, as vit_jax does whatever this says',
  },
  accum_steps: { type: 'int', min: 0, about: 'Parts a batch is computed in to save memory; 0 and 1: whole.' },
  batch: { ...SIZE, about: 'Images a training step.' },
  batch_eval: { ...SIZE, about: 'Images an evaluation step.', mayChange: true },
  shuffle_buffer: {
    ...SIZE,
    about: 'Images held for shuffling.',
    mayChange: true,
    unused: 'Vitrine shuffles the whole epoch',
  },
  eval_every: { type: 'int', min: 0, about: 'Steps between evaluations; 0: only at the end.', mayChange: true },
  progress_every: { type: 'int', min: 0, about: 'Steps between lines of progress; 0: none.', mayChange: true },
  checkpoint_every: { type: 'int', min: 0, about: 'Steps between checkpoints; 0: by minutes only.', mayChange: true },
  prefetch: {
    type: 'int',
    min: 0,
    about: 'Batches sent to the device ahead.',
    mayChange: true,
    unused: 'the input pipeline in the graph prefetches by itself',
  },
  base_lr: { type: 'float', min: 0, about: 'Learning rate after the warmup.' },
  decay_type: { type: 'string', choices: ['cosine', 'linear'], about: 'How the learning rate falls.' },
  warmup_steps: { type: 'int', min: 0, about: 'Steps over which the learning rate rises from 0.' },
  trainer: {
    type: 'string',
    choices: ['train'],
    about: 'What runs it; vit_jax\'s inference_time is "vitrine bench models" here.',
  },
  model_type: { type: 'string', choices: ['ViT', 'Mixer'], about: 'Family of the model.' },
  model_or_filename: { type: 'string', nullable: true, about: 'AugReg model or file name; None: model.model_name.' },
  'model.model_name': { type: 'string', nullable: true, about: 'Name of the model.' },
  'model.patches.size': { type: 'ints', length: 2, min: 1, nullable: true, about: 'Patch height and width, px.' },
  'model.hidden_size': { ...SIZE_OF_CHECKPOINT, about: 'D, the width of a token.' },
  'model.transformer.mlp_dim': { ...SIZE_OF_CHECKPOINT, about: 'Hidden width of the MLPs.' },
  'model.transformer.num_heads': { ...SIZE_OF_CHECKPOINT, about: 'Attention heads.' },
  'model.transformer.num_layers': { ...SIZE_OF_CHECKPOINT, about: 'Encoder blocks.' },
  'model.transformer.attention_dropout_rate': { ...RATE, about: 'Dropout of attention weights.' },
  'model.transformer.dropout_rate': { ...RATE, about: 'Dropout of embeddings and MLPs.' },
  'model.classifier': {
    type: 'string',
    choices: ['token', 'token_unpooled', 'gap', 'unpooled'],
    nullable: true,
    about: 'How tokens become one vector.',
  },
  'model.representation_size': { ...SIZE_OF_CHECKPOINT, about: 'Width of pre_logits; None: no such layer.' },
  'model.resnet.num_layers': { type: 'ints', min: 1, about: 'Blocks of each ResNet stage.' },
  'model.resnet.width_factor': { type: 'float', above: 0, about: 'Multiplies the widths of the ResNet.' },
  'model.hidden_dim': { ...SIZE, about: 'Width of a Mixer token.' },
  'model.num_blocks': { ...SIZE, about: 'Mixer blocks.' },
  'model.tokens_mlp_dim': { ...SIZE, about: 'Hidden width of the token-mixing MLPs.' },
  'model.channels_mlp_dim': { ...SIZE, about: 'Hidden width of the channel-mixing MLPs.' },
  'pp.train': { type: 'string', about: 'Split to train on, e.g. train[:98%].' },
  'pp.test': { type: 'string', about: 'Split to evaluate on.' },
  'pp.resize': {
    type: 'int',
    min: 1,
    nullable: true,
    about: 'px',
    mayChange: true,
    unused: 'images are resized to pp.crop, as vit_jax does whatever this says',
  },
  'pp.crop': { type: 'int', min: 1, nullable: true, about: 'Resolution of training and evaluation, px.' },
  seed: { type: 'int', min: 0, max: 4294967295, own: true, about: 'Of every random draw of the run.' },
  'vitrine.keep_minutes': {
    type: 'float',
    min: 0,
    own: true,
    mayChange: true,
    about: 'Minutes between checkpoints; 0: by steps only.',
  },
  'vitrine.exif': {
    type: 'string',
    choices: ['ignore', 'exif'],
    own: true,
    about: 'Turn photographs as their EXIF orientation says, or not (as vit_jax).',
  },
  'vitrine.crop_area_min': {
    type: 'float',
    above: 0,
    max: 1,
    own: true,
    about: 'Smallest share of the image a training crop has; vit_jax: 0.05.',
  },
  'vitrine.flip': { type: 'bool', own: true, about: 'Mirror half of the training images, as vit_jax does.' },
  'vitrine.optim.name': {
    type: 'string',
    choices: ['sgd', 'adam', 'adamw'],
    own: true,
    absent: 'sgd',
    about: "vit_jax's SGD with momentum, or optax's adam or adamw.",
  },
  'vitrine.optim.b1': { ...RATE, own: true, absent: 0.9, about: "Adam's decay of the mean of gradients." },
  'vitrine.optim.b2': { ...RATE, own: true, absent: 0.999, about: "Adam's decay of the mean of their squares." },
  'vitrine.optim.eps': {
    type: 'float',
    above: 0,
    own: true,
    absent: 1e-8,
    about: "Added to Adam's divisor, outside the root.",
  },
  'vitrine.optim.weight_decay': {
    type: 'float',
    min: 0,
    own: true,
    absent: 1e-4,
    about: 'Share of itself, times the learning rate, that AdamW takes from a parameter each update.',
  },
  'vitrine.optim.decay': {
    type: 'string',
    choices: ['all', 'kernels'],
    own: true,
    absent: 'all',
    about: 'What AdamW decays: every parameter, as optax does, or only kernels.',
  },
  'vitrine.optim.layer_decay': {
    type: 'float',
    above: 0,
    max: 1,
    own: true,
    absent: 1,
    about: "A block's learning rate as a share of that of the block above it; 1: all the same.",
  },
  'vitrine.optim.sharpness': {
    type: 'string',
    choices: ['none', 'sam', 'gsam'],
    own: true,
    absent: 'none',
    about: 'Sharpness-aware minimisation: two gradients a step, the second from a worse point nearby.',
  },
  'vitrine.optim.rho': { type: 'float', above: 0, own: true, absent: 0.05, about: 'How far away that point is.' },
  'vitrine.optim.alpha': { type: 'float', min: 0, own: true, absent: 0.4, about: "GSAM's share of the ascent." },
  'vitrine.aug.rand_layers': {
    type: 'int',
    min: 0,
    max: 8,
    own: true,
    absent: 0,
    about: "RandAugment's operations an image; 0: none.",
  },
  'vitrine.aug.rand_magnitude': {
    type: 'float',
    min: 0,
    max: 30,
    own: true,
    absent: 0,
    about: "RandAugment's strength of them, of 10.",
  },
  'vitrine.aug.color_jitter': {
    type: 'float',
    min: 0,
    max: 1,
    own: true,
    absent: 0,
    about: 'Brightness, contrast and saturation change by at most this share.',
  },
  'vitrine.aug.erasing': {
    type: 'float',
    min: 0,
    max: 1,
    own: true,
    absent: 0,
    about: 'Probability that a rectangle of an image is erased.',
  },
  'vitrine.aug.mixup': { type: 'float', min: 0, own: true, absent: 0, about: "Alpha of mixup's Beta distribution." },
  'vitrine.aug.cutmix': { type: 'float', min: 0, own: true, absent: 0, about: "Alpha of cutmix's Beta distribution." },
  'vitrine.label_smoothing': {
    ...RATE,
    own: true,
    absent: 0,
    about: 'Share of a label that is spread over all classes.',
  },
  'vitrine.stochastic_depth': {
    ...RATE,
    own: true,
    absent: 0,
    about: 'Probability that the last block is left out of a step; earlier blocks in proportion.',
  },
  'vitrine.ema': { ...RATE, own: true, absent: 0, about: 'Decay of the running mean of the parameters; 0: none.' },
  'vitrine.train': {
    type: 'string',
    choices: ['all', 'blocks', 'head', 'probe'],
    own: true,
    absent: 'all',
    about: 'What learns: all, the last blocks and the head, the head, or the head on features computed once.',
  },
  'vitrine.train_blocks': { type: 'int', min: 1, own: true, absent: 1, about: 'Blocks that learn with train=blocks.' },
  'vitrine.precision': {
    type: 'string',
    choices: ['float32', 'bfloat16'],
    own: true,
    absent: 'float32',
    about: 'Of matrix products and convolutions; everything else is float32.',
  },
  'vitrine.recompute': {
    type: 'bool',
    own: true,
    absent: false,
    about: 'Compute the inside of blocks again for the gradient instead of keeping it: less memory, more time.',
  },
  'vitrine.devices': { ...SIZE, own: true, absent: 1, about: 'Devices a batch is split over.' },
  'vitrine.auto_accum': {
    type: 'bool',
    own: true,
    absent: false,
    about: 'Compute a batch in as few parts as memory allows, at least accum_steps: a step is tried before the run.',
  },
  'vitrine.early_stop': {
    type: 'int',
    min: 0,
    own: true,
    absent: 0,
    mayChange: true,
    about: 'Evaluations in a row without a better one after which the run ends; 0: never.',
  },
  'vitrine.best_by': {
    type: 'string',
    choices: ['none', 'accuracy', 'loss'],
    own: true,
    absent: 'none',
    mayChange: true,
    about: 'Keep the model of the best evaluation, by this, as best.npz too.',
  },
};

/** Names that people type for a field of another name: other frameworks', or vit_jax's own earlier ones. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  accumulation_steps: 'accum_steps',
  batch_size: 'batch',
  eval_batch_size: 'batch_eval',
  learning_rate: 'base_lr',
  lr: 'base_lr',
  steps: 'total_steps',
  log_every_steps: 'progress_every',
  eval_every_steps: 'eval_every',
  checkpoint_every_steps: 'checkpoint_every',
  crop_size: 'pp.crop',
  resolution: 'pp.crop',
  image_size: 'pp.crop',
  dropout_rate: 'model.transformer.dropout_rate',
  dropout: 'model.transformer.dropout_rate',
  model_name: 'model.model_name',
  exif: 'vitrine.exif',
  flip: 'vitrine.flip',
  keep_minutes: 'vitrine.keep_minutes',
  crop_area_min: 'vitrine.crop_area_min',
  optimizer: 'vitrine.optim.name',
  optim: 'vitrine.optim.name',
  optax_name: 'vitrine.optim.name',
  'vitrine.optim': 'vitrine.optim.name',
  b1: 'vitrine.optim.b1',
  beta1: 'vitrine.optim.b1',
  b2: 'vitrine.optim.b2',
  beta2: 'vitrine.optim.b2',
  wd: 'vitrine.optim.weight_decay',
};
