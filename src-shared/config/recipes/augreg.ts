import type { Recipe } from './recipe.ts';

const SOURCE = "arXiv:2106.10270, figure 4; big_vision's configs/vit_i21k.py";

/** A level by its token in AugReg's file names; the paper calls light0 light1 and light1 light2. */
function level(token: string, magnitude: number | null, mixup: number): Recipe {
  const [layers, strength] = magnitude === null ? [0, 0] : [2, magnitude];
  const what = magnitude === null ? 'no RandAugment' : `RandAugment(2, ${magnitude})`;
  return {
    id: `aug_${token}`,
    group: 'augmentation',
    title: `${what}, mixup ${mixup}`,
    reason: REASONS[token]!,
    source: SOURCE,
    fields: { 'vitrine.aug.rand_layers': layers, 'vitrine.aug.rand_magnitude': strength, 'vitrine.aug.mixup': mixup },
  };
}

const REASONS: Readonly<Record<string, string>> = {
  none: 'Crop and flip alone, as vit_jax fine-tunes; the recommended Ti/16, S/32 and R+Ti/16 were pre-trained so too.',
  light0: 'The weakest level: two operations an image at magnitude 0, some of which change it all the same.',
  light1: 'What the recommended S/16, B/32 and R26+S/32 were pre-trained with.',
  medium1: 'What the recommended B/16 and R50+L/32 were pre-trained with.',
  medium2: 'Stronger mixing at the same RandAugment, as the recommended B/8 was pre-trained.',
  strong1: 'What the recommended L/16 was pre-trained with.',
  strong2: "The strongest level of AugReg's grid; no recommended checkpoint was pre-trained with it.",
};

/** AugReg's file names give the weight decay before the learning rate of 0.001 is multiplied in, which is AdamW's own way. */
function weightDecay(rate: number): Recipe {
  return {
    id: `wd_${rate}`,
    group: 'regularisation',
    title: `AdamW, weight decay ${rate}`,
    reason: `AugReg's optimizer in pre-training: each update takes learning rate × ${rate} of every kernel away, and of nothing else.`,
    source: `arXiv:2106.10270; big_vision's configs/vit_i21k.py, which writes 0.001 × 0.1 as one number, and its optax.py, which decays kernels`,
    fields: {
      base_lr: 0.001,
      'vitrine.optim.name': 'adamw',
      'vitrine.optim.weight_decay': rate,
      'vitrine.optim.decay': 'kernels',
    },
  };
}

export const AUGREG_LEVELS: readonly Recipe[] = [
  level('none', null, 0),
  level('light0', 0, 0),
  level('light1', 10, 0.2),
  level('medium1', 15, 0.2),
  level('medium2', 15, 0.5),
  level('strong1', 20, 0.5),
  level('strong2', 20, 0.8),
];

export const AUGREG_REGULARISATION: readonly Recipe[] = [
  weightDecay(0.03),
  weightDecay(0.1),
  {
    id: 'do_sd_0.1',
    group: 'regularisation',
    title: 'Dropout 0.1 with stochastic depth 0.1',
    reason:
      'AugReg switches both on together, as in the pre-training of the recommended R50+L/32; on ImageNet-21k it mostly brought nothing.',
    source: "arXiv:2106.10270; big_vision's configs/vit_i21k.py",
    fields: { 'model.transformer.dropout_rate': 0.1, 'vitrine.stochastic_depth': 0.1 },
  },
];
