import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { intoFile } from '../../src-shared/checkpoints/layouts/slot.ts';
import { timmHybridSlots } from '../../src-shared/checkpoints/layouts/timm-hybrid.ts';
import { timmMixerSlots } from '../../src-shared/checkpoints/layouts/timm-mixer.ts';
import { AppError } from '../../src-shared/errors.ts';
import { sizeOfShape, type NamedTensor } from '../../src-shared/models/params.ts';
import { exportTimm } from './export-torch.ts';
import { inspectCheckpoint } from './inspect-checkpoint.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { openSafetensors } from './safetensors-file.ts';
import { tensorsToWrite, writeSafetensors } from './write-safetensors.ts';

const GOLDENS = join(import.meta.dirname, '../../bench/goldens');
const DEIT = join(GOLDENS, 'deit/deit_tiny_distilled');
const VIT = join(GOLDENS, 'models/vit_tiny16/checkpoint.npz');

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-torch-'))));
afterEach(() => rm(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);

async function tensorsOf(path: string): Promise<Map<string, NamedTensor>> {
  const file = await openSafetensors(path);
  const tensors = new Map<string, NamedTensor>();
  await file.readThrough(
    () => 'keep',
    (name, tensor) => tensors.set(name, tensor),
  );
  await file.close();
  return tensors;
}

const write = (name: string, tensors: Iterable<readonly [string, NamedTensor]>) =>
  writeSafetensors(place(name), tensorsToWrite(tensors));

/** A checkpoint of timm's as Vitrine writes it, changed. */
async function timm(change: (tensors: Map<string, NamedTensor>, config: Record<string, never>) => void): Promise<void> {
  await exportTimm(await readCheckpoint(VIT), folder);
  const tensors = await tensorsOf(place('model.safetensors'));
  const config = JSON.parse(await readFile(place('config.json'), 'utf8')) as Record<string, never>;
  change(tensors, config);
  await write('model.safetensors', tensors);
  await writeFile(place('config.json'), JSON.stringify(config));
}

async function failure(path = folder): Promise<AppError> {
  const error: unknown = await readCheckpoint(path).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

const some = (shape: number[]): NamedTensor => ({ shape, data: new Float32Array(sizeOfShape(shape)) });

describe('shards', () => {
  async function shards(): Promise<Map<string, NamedTensor>> {
    const tensors = await tensorsOf(join(DEIT, 'model.safetensors'));
    const names = [...tensors.keys()];
    const files = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const map = Object.fromEntries(names.map((name, i) => [name, files[i % 2]!]));
    for (const file of files)
      await write(
        file,
        [...tensors].filter(([name]) => map[name] === file),
      );
    await writeFile(place('model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));
    await copyFile(join(DEIT, 'config.json'), place('config.json'));
    return tensors;
  }

  it('read as the whole, by folder, by index and by any of them', async () => {
    await shards();
    const whole = await readCheckpoint(join(DEIT, 'model.safetensors'));
    for (const name of ['', 'model.safetensors.index.json', 'model-00002-of-00002.safetensors']) {
      const { architecture, params } = await readCheckpoint(place(name));
      expect(architecture).toEqual(whole.architecture);
      for (const [path, { data }] of whole.params) {
        expect(Buffer.from(params.get(path)!.data.buffer).equals(Buffer.from(data.buffer))).toBe(true);
      }
    }
  });

  it('that are missing or of another checkpoint are named', async () => {
    const tensors = await shards();
    await rm(place('model-00002-of-00002.safetensors'));
    expect((await failure()).message).toContain('1 of its 2 files are missing: "model-00002-of-00002.safetensors"');
    await write('model-00002-of-00002.safetensors', [...tensors].slice(0, 2));
    expect((await failure()).message).toMatch(
      /model-00002-of-00002\.safetensors: it is not the file that .* describes/,
    );
  });

  it('lie beside their index and nowhere else', async () => {
    await shards();
    await writeFile(
      place('model.safetensors.index.json'),
      JSON.stringify({ weight_map: { a: '../model-00001-of-00002.safetensors' } }),
    );
    expect((await failure()).message).toContain('which is no .safetensors file beside it');
  });
});

describe('what a file leaves open', () => {
  it('is told, without config.json', async () => {
    await timm(() => {});
    await rm(place('config.json'));
    const error = await failure(place('model.safetensors'));
    expect(error.message).toContain('width 32 tells no number of attention heads');
    expect(error.hint).toContain('num_heads');
  });

  type Config = { architecture: string; pretrained_cfg?: object; model_args?: object };
  it.each<[Config, number, 'erf' | undefined]>([
    [{ architecture: 'vit_tiny_patch16_224', pretrained_cfg: { tag: 'augreg_in21k_ft_in1k' } }, 10, 'erf'],
    [{ architecture: 'vit_tiny_patch16_224', pretrained_cfg: { tag: 'augreg_in21k_ft_in1k' } }, 1000, undefined],
    [{ architecture: 'deit_tiny_patch16_224', pretrained_cfg: { tag: 'fb_in1k' } }, 1000, 'erf'],
    [{ architecture: 'x', model_args: { act_layer: 'gelu_tanh' } }, 10, undefined],
  ])('GELU of %j with %d classes: %s', async (config, classes, gelu) => {
    await timm((tensors, written) => {
      tensors.set('head.weight', some([classes, 32]));
      tensors.set('head.bias', some([classes]));
      for (const key of Object.keys(written)) delete written[key];
      Object.assign(written, config, { model_args: { num_heads: 2, ...config.model_args } });
    });
    const { architecture, notes } = await readCheckpoint(folder);
    expect(architecture.gelu).toBe(gelu);
    expect(architecture.family).toBe(config.architecture.startsWith('deit') ? 'deit' : 'vit');
    if (classes === 1000 && gelu === undefined) expect(notes.join()).toContain("Google's weights");
  });

  it('labels, preprocessing and what is not used come out', async () => {
    await timm((tensors, config) => {
      tensors.set('ema.step', some([1]));
      Object.assign(config, {
        label_names: Array.from({ length: 10 }, (_, i) => `n${i}`),
        label_descriptions: { n3: 'tench' },
        pretrained_cfg: {
          input_size: [3, 64, 64],
          interpolation: 'bicubic',
          crop_pct: 0.9,
          mean: [0.485, 0.456, 0.406],
          std: [0.229, 0.224, 0.225],
        },
      });
    });
    const inspection = await inspectCheckpoint(folder);
    expect(inspection).toMatchObject({ naming: 'timm', unused: ['ema.step'], missing: [], error: null });
    expect(inspection.labels?.slice(2, 4)).toEqual(['n2', 'tench']);
    expect(inspection.preprocessing).toEqual({
      resolution: [64, 64],
      resize: 'bicubic',
      antialias: true,
      resized: { fit: 'short side', length: 71 },
      dct: 'accurate',
      range: 'normalised',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      exif: 'ignore',
    });
  });
});

describe('models that are not quite it', () => {
  it.each([
    ['layer scale', 'blocks.0.ls1.gamma', [32]],
    ['register tokens', 'reg_token', [1, 4, 32]],
    ["timm's norm after pooling", 'fc_norm.weight', [32]],
  ])('with %s are refused', async (_, name, shape) => {
    await timm((tensors) => void tensors.set(name, some(shape)));
    expect((await failure()).message).toContain(`it also computes with "${name}"`);
  });

  it('lacking tensors: all are listed', async () => {
    await timm((tensors) => void tensors.delete('blocks.1.mlp.fc2.bias'));
    const { error, missing } = await inspectCheckpoint(folder);
    expect(error?.message).toContain('It lacks 1 tensors of timm');
    expect(missing).toEqual(['blocks.1.mlp.fc2.bias']);
  });

  it('misshapen tensors are named', async () => {
    await timm((tensors) => void tensors.set('blocks.1.attn.qkv.weight', some([96, 31])));
    expect((await failure()).message).toContain('"blocks.1.attn.qkv.weight" has shape [96, 31]');
  });

  it('unknown layouts are told with the nearest', async () => {
    await write('model.safetensors', [
      ['vit.encoder.layer.0.output.dense.weight', some([2, 2])],
      ['something.else', some([2])],
    ]);
    expect((await failure()).message).toContain(
      'The nearest is transformers\' ViT, 1 of 2 names fit; not "something.else"',
    );
    await write('model.safetensors', [['w', some([1])]]);
    expect((await failure()).message).toContain('Its layout is not known: "w"');
  });

  it.each([
    ['{', 'it is not JSON'],
    ['['.repeat(100), 'nested more than 32 deep'],
    ['{"model_args":{"num_heads":"two"}}', 'config.json: model_args.num_heads'],
    ['{"model_args":{"num_heads":5}}', "5 attention heads don't divide the width 32"],
  ])('config.json of %j is named', async (text, words) => {
    await timm(() => {});
    await writeFile(place('config.json'), text);
    expect((await failure()).message).toContain(words);
  });

  it('a folder with nothing but a pickle says how to convert it', async () => {
    await writeFile(place('pytorch_model.bin'), 'x');
    expect((await failure()).hint).toContain('safe_serialization=True');
    await mkdir(place('empty'));
    expect((await failure(place('empty'))).message).toContain('there is no checkpoint in this folder');
  });
});

it.each([
  ['mixer_tiny16', timmMixerSlots],
  ['hybrid_blocks_w1', timmHybridSlots],
  ['hybrid_blocks_r26style', timmHybridSlots],
] as const)("%s in timm's layout, of sizes that timm has not, keeps every bit", async (id, slotsOf) => {
  const { architecture, params } = await readCheckpoint(join(GOLDENS, 'models', id, 'checkpoint.npz'));
  const slots = slotsOf(architecture as never);
  const tensors = new Map<string, NamedTensor>();
  for (const slot of slots) {
    const tensor = tensors.get(slot.file) ?? some([...slot.fileShape]);
    intoFile(slot, params.get(slot.linen)!.data, tensor.data);
    tensors.set(slot.file, tensor);
  }
  await write('model.safetensors', tensors);
  const numHeads = 'numHeads' in architecture ? architecture.numHeads : undefined;
  const config = { model_args: { num_heads: numHeads, act_layer: 'gelu_tanh' } };
  await writeFile(place('config.json'), JSON.stringify(config));
  const back = await readCheckpoint(folder);
  expect(back.architecture).toEqual(architecture);
  for (const [name, { data, shape }] of params) {
    expect(back.params.get(name)!.shape).toEqual(shape);
    expect(Buffer.from(back.params.get(name)!.data.buffer).equals(Buffer.from(data.buffer))).toBe(true);
  }
});
