import type { Recipe } from './recipe.ts';

/** Features are computed once, from the whole image: nothing may change it from step to step. */
const NOTHING_RANDOM = {
  'model.transformer.dropout_rate': 0,
  'model.transformer.attention_dropout_rate': 0,
  'vitrine.stochastic_depth': 0,
  'vitrine.flip': false,
  'vitrine.crop_area_min': 1,
} as const;

/**
 * How "vitrine demo" learns the bundled digits. Chosen on the training images alone: fine-tuned on train[:85%] and scored
 * on train[85%:] over three seeds; the 360 test images had no say.
 */
export const DIGITS: Recipe = {
  id: 'digits',
  group: 'method',
  title: 'The bundled digits',
  reason:
    'The bundled checkpoint learns the bundled handwritten digits in 400 short steps at 32 px: crops are mild and nothing is mirrored, because a 6 cut in half or mirrored is no 6.',
  source: 'Vitrine\'s choice, on train[:85%] of the digits scored on train[85%:] over three seeds; "vitrine demo"',
  fields: {
    total_steps: 400,
    warmup_steps: 40,
    batch: 64,
    accum_steps: 1,
    base_lr: 0.03,
    eval_every: 100,
    checkpoint_every: 100,
    'pp.crop': 32,
    'vitrine.crop_area_min': 0.6,
    'vitrine.flip': false,
  },
};

export const METHODS: readonly Recipe[] = [
  {
    id: 'small',
    group: 'method',
    title: 'A small data set',
    reason:
      'With a few thousand images or fewer a model overfits within minutes: few steps at a low rate, milder crops, softer labels, and the model of the best evaluation on a tenth that is held back.',
    source:
      "steps, warmup and rate: big_vision's configs/transfer.py for Pets and Flowers; label smoothing: arXiv:1906.02629; batch, crop, split and stopping: Vitrine's choice",
    fields: {
      'pp.train': 'train[:90%]',
      'pp.test': 'train[90%:]',
      total_steps: 500,
      warmup_steps: 100,
      base_lr: 0.003,
      batch: 128,
      accum_steps: 1,
      eval_every: 25,
      'vitrine.crop_area_min': 0.5,
      'vitrine.label_smoothing': 0.1,
      'vitrine.early_stop': 8,
      'vitrine.best_by': 'accuracy',
    },
  },
  {
    id: 'probe',
    group: 'method',
    title: 'Linear probe',
    reason:
      'The encoder stays as it is and sees each image once; a linear head on its features trains in seconds and tells what the checkpoint knows already.',
    source:
      "arXiv:2202.10054 compares it with fine-tuning; arXiv:2111.06377, appendix A, for augmentation off; steps, batch and rate: Vitrine's choice",
    fields: {
      'vitrine.train': 'probe',
      ...NOTHING_RANDOM,
      total_steps: 1000,
      warmup_steps: 50,
      batch: 512,
      accum_steps: 1,
      base_lr: 0.1,
    },
  },
  {
    id: 'head',
    group: 'method',
    title: 'The head alone',
    reason:
      "Only the head learns, on augmented images: the encoder's features can't be distorted, and neither its gradients nor their momentum take memory.",
    source: "arXiv:2202.10054; the schedule stays the base's",
    fields: { 'vitrine.train': 'head' },
  },
  {
    id: 'last_blocks',
    group: 'method',
    title: 'The last four blocks and the head',
    reason:
      'A few of the last blocks reach most of what fine-tuning all of them does, in less time and memory; another number by --config.vitrine.train_blocks.',
    source: "arXiv:2111.06377, section 4.3 (partial fine-tuning); the schedule stays the base's",
    fields: { 'vitrine.train': 'blocks', 'vitrine.train_blocks': 4 },
  },
  {
    id: 'deit',
    group: 'method',
    title: "DeiT's fine-tuning",
    reason:
      "AdamW under strong augmentation and regularisation: for thousands of steps on data that vit_jax's plain recipe overfits.",
    source:
      "the DeiT author's values for iNaturalist (facebookresearch/deit issue 105) with arXiv:2012.12877, table 9; no repeated augmentation; steps and warmup are vit_jax's for CIFAR; ema covers the share of the run that 0.99996 covers of DeiT's 375,000 steps, and section 5.4 there finds little in it",
    fields: {
      total_steps: 10_000,
      warmup_steps: 500,
      batch: 768,
      base_lr: 7.5e-5,
      'vitrine.crop_area_min': 0.08,
      'vitrine.optim.name': 'adamw',
      'vitrine.optim.weight_decay': 0.05,
      'vitrine.optim.decay': 'kernels',
      'vitrine.optim.layer_decay': 1,
      'vitrine.aug.rand_layers': 2,
      'vitrine.aug.rand_magnitude': 9,
      'vitrine.aug.erasing': 0.1,
      'vitrine.aug.mixup': 0.8,
      'vitrine.aug.cutmix': 1,
      'vitrine.label_smoothing': 0.1,
      'vitrine.stochastic_depth': 0.1,
      'vitrine.ema': 0.9985,
    },
  },
  DIGITS,
];
