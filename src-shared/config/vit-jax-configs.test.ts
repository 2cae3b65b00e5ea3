import { expect, test } from 'vitest';
import { isDatasetName, NAMED } from '../data/named.ts';
import { selectItems } from '../data/splits.ts';
import { resolveInferenceTime } from './inference-time.ts';
import { resolveConfig } from './resolve.ts';
import type { RunConfig } from './run-config.ts';

// What vit_jax's files say (google-research/vision_transformer at c6de1e5), written out by hand from
// vit_jax/configs/{common,models,vit,augreg,mixer_base16_cifar10,inference_time}.py and README.md.

type Row = readonly [
  configName: string,
  modelName: string,
  patch: number,
  hiddenSize: number,
  mlpDim: number,
  heads: number,
  layers: number,
  dropout: number,
  classifier: string,
  resnet: readonly number[] | null,
  augregName: string | null,
];

/** get_X_config of configs/models.py: representation_size is None and attention_dropout_rate 0.0 in all of them. */
const MODELS: readonly Row[] = [
  ['testing', 'testing', 16, 10, 10, 2, 1, 0.1, 'token', null, null],
  // models.py registers testing-unpooled for AugReg too, but only a name without "-" can be asked for.
  ['testing_unpooled', 'testing-unpooled', 16, 10, 10, 2, 1, 0.1, 'unpooled', null, null],
  ['ti16', 'ViT-Ti_16', 16, 192, 768, 3, 12, 0, 'token', null, 'Ti_16'],
  ['s16', 'ViT-S_16', 16, 384, 1536, 6, 12, 0, 'token', null, 'S_16'],
  ['b16', 'ViT-B_16', 16, 768, 3072, 12, 12, 0, 'token', null, 'B_16'],
  ['l16', 'ViT-L_16', 16, 1024, 4096, 16, 24, 0.1, 'token', null, 'L_16'],
  ['h14', 'ViT-H_14', 14, 1280, 5120, 16, 32, 0.1, 'token', null, null],
  ['s16_gap_norep', 'ViT-S_16-gap-norep', 16, 384, 1536, 6, 12, 0, 'gap', null, null],
  ['b16_gap_norep', 'ViT-B_16-gap-norep', 16, 768, 3072, 12, 12, 0, 'gap', null, null],
  ['b8', 'ViT-B_8', 8, 768, 3072, 12, 12, 0, 'token', null, 'B_8'],
  ['s32', 'ViT-S_32', 32, 384, 1536, 6, 12, 0, 'token', null, 'S_32'],
  ['b32', 'ViT-B_32', 32, 768, 3072, 12, 12, 0, 'token', null, 'B_32'],
  ['l32', 'ViT-L_32', 32, 1024, 4096, 16, 24, 0, 'token', null, null],
  ['s32_gap_norep', 'ViT-S_32-gap-norep', 32, 384, 1536, 6, 12, 0, 'gap', null, null],
  ['b32_gap_norep', 'ViT-B_32-gap-norep', 32, 768, 3072, 12, 12, 0, 'gap', null, null],
  ['r_ti16', 'R+ViT-Ti_16', 8, 192, 768, 3, 12, 0, 'token', [], 'R_Ti_16'],
  ['r50_b16', 'R50+ViT-B_16', 1, 768, 3072, 12, 12, 0.1, 'token', [3, 4, 9], null],
  ['r26_b32', 'R26+ViT-B_32', 1, 768, 3072, 12, 12, 0, 'token', [2, 2, 2, 2], 'R26_B_32'],
  ['r26_s32', 'R26+ViT-S_32', 1, 384, 1536, 6, 12, 0, 'token', [2, 2, 2, 2], 'R26_S_32'],
  ['r50_l32', 'R50+ViT-L_32', 1, 1024, 4096, 16, 24, 0.1, 'token', [3, 4, 6, 3], 'R50_L_32'],
];

/** hidden_dim, num_blocks, tokens_mlp_dim, channels_mlp_dim. */
const MIXERS = [
  ['mixer_b16', 'Mixer-B_16', 16, 768, 12, 384, 3072],
  ['mixer_b32', 'Mixer-B_32', 32, 768, 12, 384, 3072],
  ['mixer_l16', 'Mixer-L_16', 16, 1024, 24, 512, 4096],
] as const;

/** get_config of configs/common.py; total_steps, dataset, model and pp are set by the others. */
const COMMON = {
  pretrained_dir: '.',
  tfds_manual_dir: null,
  tfds_data_dir: null,
  grad_norm_clip: 1.0,
  optim_dtype: 'bfloat16',
  accum_steps: 8,
  batch: 512,
  batch_eval: 512,
  shuffle_buffer: 50_000,
  eval_every: 100,
  progress_every: 10,
  checkpoint_every: 1_000,
  prefetch: 2,
  base_lr: 0.03,
  decay_type: 'cosine',
  warmup_steps: 500,
  trainer: 'train',
  model_or_filename: null,
};

/** DATASET_PRESETS of configs/common.py. */
const DATASETS = [
  ['cifar10', 10_000, 'train[:98%]', 'test'],
  ['cifar100', 10_000, 'train[:98%]', 'test'],
  ['imagenet2012', 20_000, 'train[:99%]', 'validation'],
] as const;

function modelOf([, model_name, patch, hidden_size, mlp_dim, num_heads, num_layers, dropout, classifier, resnet]: Row) {
  return {
    model_name,
    patches: { size: [patch, patch] },
    hidden_size,
    transformer: { mlp_dim, num_heads, num_layers, attention_dropout_rate: 0.0, dropout_rate: dropout },
    classifier,
    representation_size: null,
    ...(resnet ? { resnet: { num_layers: resnet, width_factor: 1 } } : {}),
  };
}

/** Without Vitrine's own fields, and without pp.resize where vit_jax's configuration has none. */
function vitJaxFields(config: RunConfig): object {
  const { seed: _seed, vitrine: _vitrine, model_type: _type, ...rest } = config;
  const { resize, ...pp } = rest.pp;
  return { ...rest, pp: resize === null ? pp : { ...pp, resize } };
}

function resolved(config: string): RunConfig {
  return resolveConfig({ config, overrides: [] }).config;
}

test('vit.py: each model on each data set', () => {
  expect(MODELS).toHaveLength(20);
  for (const row of MODELS) {
    for (const [dataset, total_steps, train, split] of DATASETS) {
      const name = `vit.py:${row[0]},${dataset}`;
      expect(vitJaxFields(resolved(name)), name).toEqual({
        ...COMMON,
        // The only pair with a rate of its own.
        ...(row[0] === 'b16' && dataset === 'cifar10' ? { base_lr: 0.01 } : {}),
        dataset,
        total_steps,
        model: modelOf(row),
        pp: { train, test: split, crop: 384 },
      });
    }
  }
});

test("a preset's data set is one that Vitrine knows by that name, with its splits, and a note says so", () => {
  for (const name of [...DATASETS.map(([dataset]) => `vit:b16,${dataset}`), 'mixer_base16_cifar10']) {
    const { config, notes } = resolveConfig({ config: name, overrides: [], hasCheckpoint: true });
    const { dataset, pp } = config;
    if (!isDatasetName(dataset)) throw new Error(`${dataset} is no data set of Vitrine's`);
    expect(notes).toEqual([expect.stringContaining(`"vitrine data add ${dataset}"`)]);
    const { splits } = NAMED[dataset];
    const images = (split: string, n: number) =>
      Array.from({ length: n }, (_, i) => ({ path: `/${split}/${i}`, name: `${i}`, label: 0 }));
    const named = Object.fromEntries(Object.keys(splits).map((split) => [split, images(split, 100)]));
    for (const split of [pp.train, pp.test]) expect(selectItems({ splits: named }, split).notes).toEqual([]);
    const own = resolveConfig({ config: name, overrides: ['--config.dataset=photos'], hasCheckpoint: true });
    expect([own.config.dataset, own.notes]).toEqual(['photos', []]);
  }
});

test('vit.py takes the mixers of models.py too', () => {
  for (const [name, model_name, patch, hidden_dim, num_blocks, tokens_mlp_dim, channels_mlp_dim] of MIXERS) {
    for (const [dataset, total_steps, train, split] of DATASETS) {
      expect(vitJaxFields(resolved(`vit:${name},${dataset}`)), name).toEqual({
        ...COMMON,
        dataset,
        total_steps,
        model: {
          model_name,
          patches: { size: [patch, patch] },
          hidden_dim,
          num_blocks,
          tokens_mlp_dim,
          channels_mlp_dim,
        },
        pp: { train, test: split, crop: 384 },
      });
    }
  }
});

test('augreg.py: each model of AUGREG_CONFIGS, by its short name and by a file name', () => {
  const models = MODELS.filter((row) => row[10] !== null);
  expect(models).toHaveLength(11);
  for (const row of models) {
    const model = modelOf(row);
    for (const name of [row[10]!, `${row[10]!}-i21k-300ep-lr_0.001-aug_light1-wd_0.1-do_0.0-sd_0.0`]) {
      expect(vitJaxFields(resolved(`augreg.py:${name}`)), name).toEqual({
        ...COMMON,
        pretrained_dir: 'gs://vit_models/augreg',
        model_or_filename: name,
        model: { ...model, transformer: { ...model.transformer, dropout_rate: 0 } },
        base_lr: 0.03,
        total_steps: 500,
        warmup_steps: 100,
        pp: { train: 'train', test: 'test', resize: 448, crop: 384 },
        dataset: '',
      });
    }
  }
});

test('mixer_base16_cifar10.py', () => {
  const config = resolved('mixer_base16_cifar10.py');
  expect(config.model_type).toBe('Mixer');
  expect(vitJaxFields(config)).toEqual({
    ...COMMON,
    dataset: 'cifar10',
    total_steps: 10_000,
    model: {
      model_name: 'Mixer-B_16',
      patches: { size: [16, 16] },
      hidden_dim: 768,
      num_blocks: 12,
      tokens_mlp_dim: 384,
      channels_mlp_dim: 3072,
    },
    pp: { train: 'train[:98%]', test: 'test', crop: 224 },
  });
});

test("the README's shorter schedules, and its replications with either dropout", () => {
  // "500 / 50" and "1000 / 100", ViT-B_16 from imagenet21k on cifar10 and cifar100.
  for (const [steps, warmup] of [
    [500, 50],
    [1000, 100],
  ] as const) {
    for (const [dataset, base_lr] of [
      ['cifar10', 0.01],
      ['cifar100', 0.03],
    ] as const) {
      const config = resolved(`short${steps}:b16,${dataset}`);
      expect(vitJaxFields(config)).toEqual({
        ...vitJaxFields(resolved(`vit:b16,${dataset}`)),
        pretrained_dir: 'gs://vit_models/imagenet21k',
        base_lr,
        total_steps: steps,
        warmup_steps: warmup,
      });
    }
  }
  for (const model of ['r50_b16', 'b16', 'b32', 'l16', 'l32']) {
    for (const [dataset] of DATASETS) {
      for (const dropout of [0, 0.1]) {
        const { config, recipes } = resolveConfig({ config: `dropout${dropout}:${model},${dataset}`, overrides: [] });
        const base = vitJaxFields(resolved(`vit:${model},${dataset}`)) as RunConfig & {
          model: { transformer: object };
        };
        expect(vitJaxFields(config)).toEqual({
          ...base,
          pretrained_dir: 'gs://vit_models/imagenet21k',
          model: { ...base.model, transformer: { ...base.model.transformer, dropout_rate: dropout } },
        });
        expect(recipes[0]!.recipe.published![`vit:${model},${dataset}`]).toBeGreaterThan(0.81);
      }
    }
  }
  const figure = (preset: string, base: string) =>
    resolveConfig({ config: `${preset}:${base}`, overrides: [] }).recipes[0]!.recipe.published![base];
  expect(figure('short500', 'vit:b16,cifar100')).toBeCloseTo(0.8917, 10);
  expect(figure('short1000', 'vit:b16,cifar10')).toBeCloseTo(0.9886, 10);
  expect(figure('dropout0', 'vit:r50_b16,imagenet2012')).toBeCloseTo(0.8372, 10);
  expect(figure('dropout0.1', 'vit:l32,cifar100')).toBeCloseTo(0.9334, 10);
  expect(figure('dropout0.1', 'vit:r50_b16,cifar10')).toBeCloseTo(0.9894, 10);
});

test('inference_time.py', () => {
  const { config } = resolveInferenceTime('/x/vit_jax/configs/inference_time.py', []);
  const { trainer, ...rest } = config;
  expect(rest).toEqual({
    model_name: 'ViT-B_32',
    log_dir: '.',
    steps: 30,
    initial_steps: 10,
    batch: 0,
    num_classes: 0,
    image_size: 0,
  });
  expect(trainer).toBe('inference_time'); // the file sets `train`, which main.py never reads
});
