import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { VARIANTS } from '../models/variants.ts';
import { FIELDS, OTHER_NAMES } from './fields.ts';
import { formatFlags, splitConfigFlags } from './flags.ts';
import { resolveConfig } from './resolve.ts';
import { leavesOf } from './run-config.ts';

const FILE = 'R_Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0';

test("augreg:R_Ti_16 as vit_jax's Colab logged it", () => {
  // The Colab's hyperparameters (vit_jax_augreg.ipynb, cell 44), with the fields that it sets.
  const { config } = resolveConfig({
    config: 'augreg:R_Ti_16',
    overrides: [
      '--config.dataset=tf_flowers',
      "--config.pp.train='train[:90%]'",
      '--config.pp.test=train[90%:]',
      '--config.batch_eval=120',
      '--config.base_lr=1e-2',
      '--config.shuffle_buffer=1_000',
      '--config.total_steps=100',
      '--config.warmup_steps=10',
      '--config.accum_steps=0',
      "--config.pp['crop']=224",
    ],
  });
  const { seed, vitrine, model_type, ...vitJax } = config;
  expect(vitJax).toEqual({
    accum_steps: 0,
    base_lr: 0.01,
    batch: 512,
    batch_eval: 120,
    checkpoint_every: 1000,
    dataset: 'tf_flowers',
    decay_type: 'cosine',
    eval_every: 100,
    grad_norm_clip: 1,
    model: {
      classifier: 'token',
      hidden_size: 192,
      model_name: 'R+ViT-Ti_16',
      patches: { size: [8, 8] },
      representation_size: null,
      resnet: { num_layers: [], width_factor: 1 },
      transformer: { attention_dropout_rate: 0, dropout_rate: 0, mlp_dim: 768, num_heads: 3, num_layers: 12 },
    },
    model_or_filename: 'R_Ti_16',
    optim_dtype: 'bfloat16',
    pp: { crop: 224, resize: 448, test: 'train[90%:]', train: 'train[:90%]' },
    prefetch: 2,
    pretrained_dir: 'gs://vit_models/augreg',
    progress_every: 10,
    shuffle_buffer: 1000,
    tfds_data_dir: null,
    tfds_manual_dir: null,
    total_steps: 100,
    trainer: 'train',
    warmup_steps: 10,
  });
  expect(seed).toBe(0);
  expect(model_type).toBe('ViT');
  expect(vitrine).toMatchObject({ keep_minutes: 10, exif: 'ignore', crop_area_min: 0.05, flip: true });
  // What vit_jax doesn't have is off.
  for (const [path, value] of leavesOf(config)) {
    const { absent } = FIELDS[path]!;
    if (absent !== undefined) expect([path, value]).toEqual([path, absent]);
  }
});

test('defaults of augreg, vit and mixer presets', () => {
  const augreg = resolveConfig({ config: 'augreg:L_16', overrides: [] }).config;
  expect([augreg.total_steps, augreg.warmup_steps, augreg.base_lr, augreg.accum_steps]).toEqual([500, 100, 0.03, 8]);
  expect(augreg.pp).toEqual({ train: 'train', test: 'test', resize: 448, crop: 384 });
  expect(augreg.model).toMatchObject({ transformer: { dropout_rate: 0 } }); // models.py has 0.1 for L/16

  const b16 = resolveConfig({ config: 'vit:b16,cifar10', overrides: [] }).config;
  expect([b16.total_steps, b16.warmup_steps, b16.base_lr, b16.dataset]).toEqual([10_000, 500, 0.01, 'cifar10']);
  expect(b16.pp).toEqual({ train: 'train[:98%]', test: 'test', resize: null, crop: 384 });
  expect(b16.pretrained_dir).toBe('.');
  const l16 = resolveConfig({ config: 'vit:l16,imagenet2012', overrides: [] }).config;
  expect([l16.total_steps, l16.base_lr, l16.pp.train, l16.pp.test]).toEqual([
    20_000,
    0.03,
    'train[:99%]',
    'validation',
  ]);
  expect(l16.model).toMatchObject({ model_name: 'ViT-L_16', transformer: { dropout_rate: 0.1 } });
  const mixer = resolveConfig({ config: 'mixer_base16_cifar10', overrides: [] }).config;
  expect([mixer.model_type, mixer.pp.crop, mixer.model.model_name]).toEqual(['Mixer', 224, 'Mixer-B_16']);
});

test.each([
  ['/home/me/vision_transformer/vit_jax/configs/augreg.py:Ti_16', 'augreg:Ti_16'],
  ['C:\\code\\vit_jax\\configs\\augreg.py:Ti_16', 'augreg:Ti_16'],
  ['augreg:R26+S/32', 'augreg:R26_S_32'],
  ['augreg.py:B_8', 'augreg:B_8'],
  [`augreg:${FILE}`, `augreg:${FILE}`],
  [`augreg:${FILE}.npz`, `augreg:${FILE}`],
  [`/x/augreg.py:${FILE}--cifar100-steps_2k-lr_0.01-res_224`, `augreg:${FILE}--cifar100-steps_2k-lr_0.01-res_224`],
  ['/x/vit_jax/configs/vit.py:b32,cifar100', 'vit:b32,cifar100'],
  ['./vit_jax/configs/mixer_base16_cifar10.py', 'mixer_base16_cifar10'],
])('--config=%s', (config, preset) => {
  expect(resolveConfig({ config, overrides: [] }).preset).toBe(preset);
});

test('without --config, architecture and resolution are left to the checkpoint', () => {
  const { preset, config, changed, notes } = resolveConfig({
    overrides: ['--config.model.transformer.dropout_rate=0.1', '--config.seed=7', '--config.vitrine.flip=false'],
  });
  expect(preset).toBeNull();
  expect(config.pp.crop).toBeNull();
  expect(config.model).toMatchObject({
    hidden_size: null,
    patches: { size: null },
    transformer: { dropout_rate: 0.1 },
  });
  expect([config.total_steps, config.warmup_steps]).toEqual([500, 100]);
  expect(changed).toEqual([
    { path: 'model.transformer.dropout_rate', value: 0.1, preset: 0 },
    { path: 'seed', value: 7, preset: 0 },
    { path: 'vitrine.flip', value: false, preset: true },
  ]);
  expect(notes).toEqual([]);
});

test('every preset has exactly the known fields, and each value is one the field takes', () => {
  const presets = [undefined, 'augreg:R50_L_32', ...VARIANTS.map((v) => `vit:${v.configName},cifar10`)];
  const seen = new Set<string>();
  for (const config of presets) {
    const resolved = resolveConfig({ config, overrides: [] });
    for (const [path] of leavesOf(resolved.config)) seen.add(path);
    // Printing and reading it back changes nothing (quotes are the shell's).
    const flags = formatFlags(resolved.preset, resolved.config).map((f) => f.replace(/='(.*)'$/, '=$1'));
    const { config: name, overrides } = splitConfigFlags(flags);
    const again = resolveConfig({ config: name, overrides });
    expect(again.config).toEqual(resolved.config);
    expect(again.changed).toEqual([]);
  }
  expect([...seen].sort()).toEqual(Object.keys(FIELDS).sort());
  for (const path of Object.values(OTHER_NAMES)) expect(Object.hasOwn(FIELDS, path), path).toBe(true);
});

test('the last override wins, and the preset is not touched', () => {
  const { config, changed } = resolveConfig({
    config: 'augreg:Ti_16',
    overrides: ['--config.batch=64', '--config.batch=32'],
  });
  expect(config.batch).toBe(32);
  expect(changed).toEqual([{ path: 'batch', value: 32, preset: 512 }]);
  expect(resolveConfig({ config: 'augreg:Ti_16', overrides: [] }).config.batch).toBe(512);
});

test('fields without effect are accepted with a note', () => {
  const { notes } = resolveConfig({
    config: 'augreg:Ti_16',
    overrides: ['--config.pp.resize=256', '--config.optim_dtype=float32', '--config.prefetch=4', '--config.batch=64'],
  });
  expect(notes.slice(1).map((n) => n.split(' ')[0])).toEqual([
    'config.optim_dtype',
    'config.prefetch',
    'config.pp.resize',
  ]);
});

test('notes name the file a bare name stands for, unless a checkpoint was given', () => {
  const options = { config: 'augreg:Ti_16', overrides: [] };
  expect(resolveConfig(options).notes[0]).toContain('Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0');
  expect(resolveConfig({ ...options, hasCheckpoint: true }).notes).toEqual([]);
  expect(resolveConfig({ config: 'augreg:R26_B_32', overrides: [] }).notes[0]).toContain('No recommended checkpoint');
  expect(resolveConfig({ config: 'augreg:Ti_16-mine', overrides: [] }).notes[0]).toContain(
    'looked for under that name',
  );
});

test("a preset's warmup shrinks with a short run, and says so; a given one is taken as it is", () => {
  const short = resolveConfig({ config: 'augreg:Ti_16', overrides: ['--config.total_steps=30'] });
  expect(short.config.warmup_steps).toBe(6);
  expect(short.notes.at(-1)).toContain('config.warmup_steps is 6');
  expect(resolveConfig({ config: 'augreg:Ti_16', overrides: ['--config.total_steps=1'] }).config.warmup_steps).toBe(0);
  const enough = resolveConfig({ config: 'augreg:Ti_16', overrides: ['--config.total_steps=101'] });
  expect(enough.config.warmup_steps).toBe(100);
});

test.each([
  ['--config.batch=100', 'config.batch=100 is not divisible by config.accum_steps=8.', 'accum_steps=5'],
  ['--config.batch=0', 'config.batch takes a whole number at least 1, and got "0".', 'training step'],
  ['--config.batch=many', 'config.batch takes a whole number at least 1, and got "many".', ''],
  ['--config.batch=1.5', 'config.batch takes a whole number at least 1, and got "1.5".', ''],
  ['--config.batch=', 'config.batch takes a whole number at least 1, and got "".', ''],
  ['--config.batch', 'config.batch has no value.', '--config.batch=VALUE'],
  ['--config.base_lr=nan', 'config.base_lr takes a number at least 0, and got "nan".', ''],
  ['--config.base_lr=Infinity', 'config.base_lr takes a number at least 0, and got "Infinity".', ''],
  ['--config.base_lr=None', 'config.base_lr takes a number at least 0, and got "None".', ''],
  ['--config.total_steps=0', 'config.total_steps takes', ''],
  ['--config.total_steps=None', 'config.total_steps takes', ''],
  ['--config.warmup_steps=500', 'config.warmup_steps=500 is not below config.total_steps=500.', ''],
  ['--config.decay_type=step', 'config.decay_type takes one of cosine, linear, and got "step".', ''],
  ['--config.model.transformer.dropout_rate=1', 'takes a number at least 0 and below 1', ''],
  ['--config.model.transformer.num_heads=5', 'config.model.hidden_size=192 is not divisible', ''],
  ['--config.model.patches.size=16', 'takes two whole numbers such as (16,16), each at least 1, or None', ''],
  ['--config.model_type=Mixer', 'config.model_type=Mixer, but the model is a ViT.', ''],
  ['--config.trainer=inference_time', 'config.trainer takes one of train', ''],
  ['--config.vitrine.flip=maybe', 'config.vitrine.flip takes true or false, and got "maybe".', '=false'],
  ['--config.vitrine.crop_area_min=0', 'takes a number above 0 and at most 1', ''],
  ['--config.seed=-1', 'config.seed takes', ''],
  ['--config.pp=224', 'config.pp is a group, not a field.', 'config.pp.crop'],
  ['--config.batchs=64', 'There is no configuration field "batchs".', 'Did you mean config.batch?'],
  ['--config.eval_batch_size=64', 'There is no configuration field', 'Did you mean config.batch_eval?'],
  ['--config.accumulation_steps=1', 'There is no configuration field', 'Did you mean config.accum_steps?'],
  ['--config.crop=224', 'There is no configuration field "crop".', 'Did you mean config.pp.crop?'],
  ['--config.weight_decay=0.0001', 'config.weight_decay means nothing here', 'vitrine.optim.weight_decay=VALUE'],
  ['--config.model.resnet.width_factor=2', 'There is no configuration field', ''],
  ['--config.constructor=1', 'There is no configuration field "constructor".', ''],
  ['--config.__proto__.batch=1', 'There is no configuration field', ''],
])('%s is refused', (flag, message, hint) => {
  const error = caught(() => resolveConfig({ config: 'augreg:Ti_16', overrides: [flag] }));
  expect(error.code).toBe('config');
  expect(error.message).toContain(message);
  expect(error.hint ?? '').toContain(hint);
});

test.each([
  ['augrge:Ti_16', 'There is no configuration "augrge:Ti_16".', 'augreg:Ti_16'],
  ['', 'There is no configuration "".', 'augreg:Ti_16'],
  ['augreg', 'The AugReg model is missing.', 'Known: Ti_16'],
  ['augreg:T_16', 'There is no AugReg model "T_16".', 'Did you mean "Ti_16"?'],
  ['augreg:ViT-L_32', 'There is no AugReg model "ViT".', ''],
  ['prob:Ti_16', 'There is no configuration "prob:Ti_16".', 'Did you mean "probe:Ti_16"?'],
  ['probe:T_16', 'There is no AugReg model "T_16".', ''],
  ['probe:x:Ti_16', 'There is no configuration "x:Ti_16".', ''],
  ['vit:b16', 'vit takes MODEL,DATASET, and got "b16".', 'vit:b16,cifar10'],
  ['vit:b16,cifar11', 'vit takes MODEL,DATASET', 'cifar100'],
  ['vit:b17,cifar10', 'There is no model "b17".', 'Did you mean'],
  ['mixer_base16_cifar10:x', 'takes no argument', ''],
])('--config=%s is refused', (config, message, hint) => {
  const error = caught(() => resolveConfig({ config, overrides: [] }));
  expect(error.code).toBe('config');
  expect(error.message).toContain(message);
  expect(error.hint ?? '').toContain(hint);
});

test('values as Python and shells spell them', () => {
  const { config } = resolveConfig({
    config: 'vit:r_ti16,cifar10',
    overrides: [
      '--config.model.patches.size="(4, 8)"',
      '--config.model.resnet.num_layers=3,4,',
      '--config.pp.resize=None',
      '--config.dataset="my photos"',
      '--config.vitrine.flip=0',
      '--config.model.representation_size=64',
      '--config.total_steps=1e3',
    ],
  });
  expect(config.model).toMatchObject({
    patches: { size: [4, 8] },
    resnet: { num_layers: [3, 4] },
    representation_size: 64,
  });
  expect([config.pp.resize, config.dataset, config.vitrine.flip, config.total_steps]).toEqual([
    null,
    'my photos',
    false,
    1000,
  ]);
});

test('--config without a value', () => {
  expect(splitConfigFlags(['--config=vit:a', '--config.batch=8', '--config=augreg:Ti_16'])).toEqual({
    config: 'augreg:Ti_16',
    overrides: ['--config.batch=8'],
  });
  expect(caught(() => splitConfigFlags(['--config'])).code).toBe('usage');
});

function caught(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('the optimizer: what has no effect is told, and a learning rate that was made for SGD', () => {
  const notesFor = (...overrides: string[]): string[] =>
    resolveConfig({ overrides: overrides.map((text) => `--config.${text}`) }).notes;
  expect(notesFor('vitrine.optim.b1=0.8')).toEqual([
    'config.vitrine.optim.b1 has no effect: config.vitrine.optim.name is sgd.',
  ]);
  expect(notesFor('vitrine.optim.name=adam', 'vitrine.optim.decay=kernels', 'base_lr=1e-3')).toEqual([
    'config.vitrine.optim.decay has no effect: config.vitrine.optim.name is adam.',
  ]);
  expect(notesFor('vitrine.optim.name=adamw', 'vitrine.optim.weight_decay=0.1')).toEqual([
    "config.base_lr=0.03 is the preset's, made for SGD; adamw usually takes 0.001 or less.",
  ]);
  expect(notesFor('vitrine.optim.name=adamw', 'base_lr=1e-3')).toEqual([]);
  expect(() => notesFor('optimizer=adamw')).toThrow(/no configuration field "optimizer"/);
  expect(() => notesFor('vitrine.optim.name=lion')).toThrow('takes one of sgd, adam, adamw, and got "lion"');
});
