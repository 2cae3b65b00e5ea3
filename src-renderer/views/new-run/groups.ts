/** The fields that a person most often changes, by what they are about. All others are found by searching. */
export const FIELD_GROUPS = [
  { id: 'length', paths: ['total_steps', 'warmup_steps', 'eval_every', 'checkpoint_every'] },
  { id: 'batch', paths: ['batch', 'accum_steps', 'vitrine.auto_accum', 'vitrine.recompute'] },
  {
    id: 'rate',
    paths: ['base_lr', 'decay_type', 'vitrine.optim.name', 'vitrine.optim.weight_decay', 'grad_norm_clip', 'seed'],
  },
  { id: 'learns', paths: ['vitrine.train', 'vitrine.train_blocks', 'vitrine.precision', 'vitrine.ema'] },
  { id: 'images', paths: ['pp.crop', 'pp.train', 'pp.test', 'vitrine.crop_area_min', 'vitrine.flip'] },
  {
    id: 'against',
    paths: [
      'model.transformer.dropout_rate',
      'vitrine.stochastic_depth',
      'vitrine.label_smoothing',
      'vitrine.aug.mixup',
      'vitrine.early_stop',
      'vitrine.best_by',
    ],
  },
] as const;

export const GROUPED: ReadonlySet<string> = new Set(FIELD_GROUPS.flatMap(({ paths }): readonly string[] => paths));

/** Chosen elsewhere on the page. */
export const ELSEWHERE: ReadonlySet<string> = new Set(['dataset']);
