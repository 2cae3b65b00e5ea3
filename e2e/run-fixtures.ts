// What the tests of runs train on: coloured squares that a very small Vision Transformer learns in seconds.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { VitArchitecture } from '../src-shared/models/architecture.ts';
import { randomStream, STREAM } from '../src-shared/random.ts';
import { writeCheckpoint } from '../src-worker/checkpoints/write-checkpoint.ts';
import { initParams } from '../src-worker/train/init-params.ts';

export const COLOURS: Readonly<Record<string, readonly [number, number, number]>> = {
  blue: [40, 60, 200],
  green: [50, 180, 60],
  red: [210, 50, 40],
};

/** A square of one colour with noise, as PNG, 8 × 8 px. */
export function square(colour: readonly number[], seed: number): Promise<Buffer> {
  const random = randomStream(seed, STREAM.image, 0);
  const data = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => colour[i % 3]! + random.below(31) - 15);
  return sharp(data, { raw: { width: 8, height: 8, channels: 3 } })
    .png()
    .toBuffer();
}

/** Everything of a training that draws at random or is kept beside the weights: what a resumed run could get wrong. */
export const EVERYTHING: Readonly<Record<string, string | number>> = {
  'model.transformer.dropout_rate': 0.1,
  'model.transformer.attention_dropout_rate': 0.1,
  'vitrine.aug.rand_layers': 2,
  'vitrine.aug.rand_magnitude': 9,
  'vitrine.aug.color_jitter': 0.3,
  'vitrine.aug.erasing': 0.25,
  'vitrine.aug.mixup': 0.2,
  'vitrine.aug.cutmix': 0.5,
  'vitrine.label_smoothing': 0.1,
  'vitrine.stochastic_depth': 0.1,
  'vitrine.optim.name': 'adamw',
  'vitrine.ema': 0.9,
  'vitrine.best_by': 'accuracy',
};

/** `{train,test}/{blue,green,red}/*.png`. */
export async function writeSquares(root: string, counts: { train: number; test: number }): Promise<string> {
  let seed = 0;
  for (const [split, count] of Object.entries(counts)) {
    for (const [name, colour] of Object.entries(COLOURS)) {
      await mkdir(join(root, split, name), { recursive: true });
      for (let i = 0; i < count; i++)
        await sharp(await square(colour, seed++)).toFile(join(root, split, name, `${String(i).padStart(3, '0')}.png`));
    }
  }
  return root;
}

/** Small enough to compile in a second or two. */
export const TINY: VitArchitecture = {
  family: 'vit',
  patchSize: [8, 8],
  imageSize: [16, 16],
  width: 16,
  depth: 1,
  mlpDim: 32,
  numHeads: 2,
  classifier: 'token',
  representationSize: null,
  numClasses: 4,
};

export async function writeTinyCheckpoint(
  path: string,
  more: Partial<VitArchitecture> = {},
  labels: string[] | null = null,
): Promise<string> {
  const architecture = { ...TINY, ...more };
  await mkdir(dirname(path), { recursive: true });
  await writeCheckpoint(path, {
    params: initParams(architecture, 7),
    architecture,
    labels,
    preprocessing: { resolution: [...architecture.imageSize], resize: 'bilinear', range: '[-1, 1]', exif: 'ignore' },
    provenance: { madeFor: 'tests' },
  });
  return path;
}

export async function makeFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'vitrine-run-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Every file below a folder with its size and content's hash, to tell that nothing changed. */
export async function listing(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => null);
  if (entries === null) return ['(absent)'];
  const lines = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile()) return `${path}/`;
      const bytes = await readFile(path);
      return `${path} ${bytes.length} ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
    }),
  );
  return lines.sort();
}
