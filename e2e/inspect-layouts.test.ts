// `vitrine inspect` on a small file of every layout that is read: what it says of each, with one tensor too many and
// with one too few.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linenNames, publishedName } from '../src-shared/checkpoints/names.ts';
import type { Architecture, VitArchitecture } from '../src-shared/models/architecture.ts';
import type { NamedTensor } from '../src-shared/models/params.ts';
import { randomDeit, randomParams, TIMM_MIXER, TIMM_R26 } from '../src-worker/checkpoints/export-cases.ts';
import { exportHuggingFace, exportTimm } from '../src-worker/checkpoints/export-torch.ts';
import { openNpz } from '../src-worker/checkpoints/npz-file.ts';
import { openSafetensors } from '../src-worker/checkpoints/safetensors-file.ts';
import { tensorsToWrite, writeSafetensors } from '../src-worker/checkpoints/write-safetensors.ts';
import { writeNpz } from '../src-worker/checkpoints/write-npz.ts';
import { vitrine, type Ended } from './vitrine.ts';

const GOLDENS = join(import.meta.dirname, '../bench/goldens');
const EXTRA = 'something/else';

type Tensors = Map<string, NamedTensor>;

interface Row {
  layout: string;
  /** Fills a folder of its own with the layout's file; `change` alters its tensors before. Returns what to inspect. */
  make: (folder: string, change: (tensors: Tensors) => void) => Promise<string>;
  args?: readonly string[];
  /** Lines of the answer. */
  says: RegExp[];
  /** A tensor of the file whose lack is noticed, and as it is named then. */
  lacking: [name: string, told: string];
}

async function npzTensors(path: string): Promise<Tensors> {
  const npz = await openNpz(path);
  const tensors: Tensors = new Map();
  await npz.readThrough(
    () => 'keep',
    (name, tensor) => void tensors.set(name, tensor),
  );
  await npz.close();
  return tensors;
}

/** A golden's .npz under the names that `rename` gives. */
function npz(golden: string, rename: (name: string) => string = (name) => name): Row['make'] {
  return async (folder, change) => {
    const linen = [...(await npzTensors(join(GOLDENS, golden, 'checkpoint.npz')))];
    const names = linenNames(linen.map(([name]) => name));
    const tensors: Tensors = new Map(linen.map(([name, tensor]) => [rename(names.get(name)!), tensor]));
    change(tensors);
    const path = join(folder, 'model.npz');
    await writeNpz(path, tensors);
    return path;
  };
}

/** What an export writes, or a golden as it is: changed in place. */
function safetensors(write: (folder: string) => Promise<unknown>): Row['make'] {
  return async (folder, change) => {
    await write(folder);
    const path = join(folder, 'model.safetensors');
    const file = await openSafetensors(path);
    const tensors: Tensors = new Map();
    await file.readThrough(
      () => 'keep',
      (name, tensor) => void tensors.set(name, tensor),
    );
    await file.close();
    change(tensors);
    await writeSafetensors(path, tensorsToWrite(tensors));
    return folder;
  };
}

const golden = (id: string) =>
  safetensors(async (folder) => {
    await copyFile(join(GOLDENS, 'deit', id, 'model.safetensors'), join(folder, 'model.safetensors'));
    const config = await readFile(join(GOLDENS, 'deit', id, 'config.json'), 'utf8');
    await writeFile(join(folder, 'config.json'), config.replaceAll('LABEL_', 'kind '));
    await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(DEIT_IMAGES));
  });

/** As DeiT's own: stretched, then the middle of it. */
const DEIT_IMAGES = {
  do_resize: true,
  size: { height: 73, width: 73 },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: 64, width: 64 },
  do_rescale: true,
  do_normalize: true,
  image_mean: [0.485, 0.456, 0.406],
  image_std: [0.229, 0.224, 0.225],
};

/** The same in two files under an index. */
const sharded: Row['make'] = async (folder, change) => {
  await golden('deit_tiny')(folder, change);
  const whole = await openSafetensors(join(folder, 'model.safetensors'));
  const tensors: Tensors = new Map();
  await whole.readThrough(
    () => 'keep',
    (name, tensor) => void tensors.set(name, tensor),
  );
  await whole.close();
  await rm(join(folder, 'model.safetensors'));
  const shardOf = (i: number): string => `model-0000${(i % 2) + 1}-of-00002.safetensors`;
  const map = Object.fromEntries([...tensors.keys()].map((name, i) => [name, shardOf(i)]));
  for (const shard of [shardOf(0), shardOf(1)]) {
    const own = [...tensors].filter(([name]) => map[name] === shard);
    await writeSafetensors(join(folder, shard), tensorsToWrite(own));
  }
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
  return folder;
};

const VIT: VitArchitecture = {
  family: 'vit',
  patchSize: [16, 16],
  imageSize: [64, 64],
  width: 16,
  depth: 1,
  mlpDim: 24,
  numHeads: 2,
  classifier: 'token',
  representationSize: null,
  numClasses: 10,
};
const labels = Array.from({ length: 10 }, (_, i) => `kind ${i}`);

/** What an export of random weights writes, with labels. */
const exported = (write: typeof exportTimm, architecture: Architecture): Row['make'] =>
  safetensors((folder) => write({ params: randomParams(architecture), architecture, labels }, folder));

const MODEL = 'Vision Transformer \\(of no published variant\\)';
const says = (model: string, ...more: RegExp[]): RegExp[] => [
  new RegExp(`^model +${model}`, 'm'),
  /^parameters +[\d,]+$/m,
  /^labels +\S/m,
  ...more,
];
const NORM = 'Transformer/encoder_norm/scale';
const KIND = /^labels +kind 0, kind 1/m;
const HALF = /^images +64x64 px, bilinear with antialiasing, values in \[-1, 1\]/m;
const STRETCHED = /^images +stretched to 73x73 px, bicubic with antialiasing, middle 64x64 px, .*mean 0\.485/m;
const OLD = `opt/target/`;

const ROWS: readonly Row[] = [
  {
    layout: 'AugReg and ViT .npz',
    make: npz('models/vit_tiny16', publishedName),
    says: says(MODEL, /published naming/, /^encoder +depth 2, width 32, 2 heads/m),
    lacking: [NORM, NORM],
  },
  {
    layout: 'an .npz of vit_jax as it is now (SAM, GSAM)',
    make: npz('models/vit_gap_tiny8'),
    says: says(MODEL, /linen naming/, /^classifier +gap$/m),
    lacking: [NORM, NORM],
  },
  {
    layout: 'pre-Linen .npz with its optimizer',
    make: npz('models/vit_tiny16', (name) => OLD + publishedName(name)),
    says: says(MODEL, /published naming/),
    lacking: [OLD + NORM, NORM],
  },
  {
    layout: 'hybrid .npz',
    make: npz('models/hybrid_root_r_ti16', publishedName),
    says: says('hybrid of a ResNet and a Vision Transformer', /^resnet +root, width factor/m),
    lacking: ['gn_root/scale', 'gn_root/scale'],
  },
  {
    layout: 'Mixer .npz',
    make: npz('models/mixer_tiny16'),
    says: says('MLP-Mixer', /^mixer +depth 2, width 32/m),
    lacking: ['pre_head_layer_norm/bias', 'pre_head_layer_norm/bias'],
  },
  {
    layout: 'LiT .npz with BERT',
    make: npz('lit/lit_bert'),
    says: [/^model +image and text model \(LiT\)/m, /^text tower +/m, /^parameters +[\d,]+$/m],
    args: ['--text-heads', '3'],
    lacking: ['img/Transformer/encoder_norm/bias', 'Transformer/encoder_norm/bias'],
  },
  {
    layout: 'LiT .npz with the text transformer',
    make: npz('lit/lit_text_transformer'),
    says: [/^model +image and text model \(LiT\)/m, /^text tower +transformer/m],
    lacking: ['txt/Encoder_0/encoder_norm/bias', 'txt/Encoder_0/encoder_norm/bias'],
  },
  {
    layout: 'timm ViT',
    make: exported(exportTimm, VIT),
    says: says(MODEL, /timm naming/, KIND, HALF),
    lacking: ['norm.weight', 'norm.weight'],
  },
  {
    layout: 'timm hybrid',
    make: exported(exportTimm, TIMM_R26),
    says: says('hybrid of a ResNet and a Vision Transformer', /timm naming/, /stages of 2, 2, 2, 2 units/, KIND),
    lacking: ['patch_embed.backbone.stem.norm.weight', 'patch_embed.backbone.stem.norm.weight'],
  },
  {
    layout: 'timm Mixer',
    make: exported(exportTimm, TIMM_MIXER),
    says: says('MLP-Mixer', KIND),
    lacking: ['norm.bias', 'norm.bias'],
  },
  {
    layout: 'timm DeiT, distilled',
    make: safetensors(async (folder) => exportTimm({ ...(await randomDeit('heads')), labels }, folder)),
    says: says(
      'data-efficient image transformer \\(DeiT\\)',
      /timm naming/,
      /^distillation +a token with its own head/m,
    ),
    lacking: ['head_dist.bias', 'head_dist.bias'],
  },
  {
    layout: 'ViTForImageClassification',
    make: exported(exportHuggingFace, VIT),
    says: says(MODEL, /Hugging Face naming/, KIND, HALF),
    lacking: ['vit.layernorm.bias', 'vit.layernorm.bias'],
  },
  {
    layout: 'DeiTForImageClassification',
    make: golden('deit_tiny'),
    says: says('data-efficient image transformer \\(DeiT\\)', /Hugging Face naming/, KIND, STRETCHED),
    lacking: ['deit.layernorm.bias', 'deit.layernorm.bias'],
  },
  {
    layout: 'DeiTForImageClassificationWithTeacher',
    make: golden('deit_tiny_distilled'),
    says: says('data-efficient image transformer \\(DeiT\\)', /^distillation +a token with its own head/m),
    lacking: ['distillation_classifier.bias', 'distillation_classifier.bias'],
  },
  {
    layout: 'shards under an index',
    make: sharded,
    says: says('data-efficient image transformer \\(DeiT\\)', /Hugging Face naming/),
    lacking: ['deit.layernorm.bias', 'deit.layernorm.bias'],
  },
];

let folder: string;
const whole = new Map<string, Ended>();
const lacking = new Map<string, Ended>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-layouts-'));
  const inspected = async (row: Row, kind: string, change: (tensors: Tensors) => void): Promise<Ended> => {
    const own = join(folder, `${ROWS.indexOf(row)}-${kind}`);
    await mkdir(own);
    const path = await row.make(own, change);
    return vitrine(['inspect', path, ...(row.args ?? [])]);
  };
  const extra: NamedTensor = { shape: [2], data: new Float32Array(2) };
  for (const row of ROWS) {
    const remove = (tensors: Tensors): void => expect(tensors.delete(row.lacking[0]), row.lacking[0]).toBe(true);
    const [one, other] = await Promise.all([
      inspected(row, 'whole', (tensors) => void tensors.set(EXTRA, extra)),
      inspected(row, 'lacking', remove),
    ]);
    whole.set(row.layout, one);
    lacking.set(row.layout, other);
  }
}, 300_000);
afterAll(() => rm(folder, { recursive: true }));

describe.each(ROWS)('$layout', (row) => {
  test('is recognised, and what has no place in it is named', () => {
    const { code, stdout, stderr } = whole.get(row.layout)!;
    expect(code, stderr).toBe(0);
    for (const line of row.says) expect(stdout).toMatch(line);
    expect(stdout).toMatch(new RegExp(`^unused +${EXTRA}$`, 'm'));
    expect(stdout).not.toMatch(/^missing/m);
  });

  test('says what it lacks', () => {
    const { code, stdout, stderr } = lacking.get(row.layout)!;
    expect(code).toBe(1);
    expect(stderr).toContain(row.lacking[1]);
    expect(/^missing +(.*)$/m.exec(stdout)?.[1]).toContain(row.lacking[1]);
  });
});
