import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configuredModel } from '../parity/model-config.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { randomParams, TIMM_MIXER, TIMM_R26 } from './export-cases.ts';
import { exportHuggingFace, exportTimm } from './export-torch.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { writeCheckpoint } from './write-checkpoint.ts';

const GOLDENS = join(import.meta.dirname, '../../bench/goldens');
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-torch-'))));
afterAll(() => rm(folder, { recursive: true }));

async function golden(id: string): Promise<Checkpoint> {
  const place = join(GOLDENS, 'models', id);
  const { config } = JSON.parse(await readFile(join(place, 'case.json'), 'utf8')) as { config: unknown };
  return readCheckpoint(join(place, 'checkpoint.npz'), configuredModel(config, id).architecture);
}

const RANDOM: Readonly<Record<string, Architecture>> = {
  'R26 of random weights': TIMM_R26,
  'Mixer of random weights': TIMM_MIXER,
};

/** One golden, or one that only timm's own sizes make. */
async function model(id: string): Promise<Pick<Checkpoint, 'params' | 'architecture'>> {
  const architecture = RANDOM[id];
  return architecture ? { params: randomParams(architecture), architecture } : golden(id);
}

async function asNpz(checkpoint: Pick<Checkpoint, 'params' | 'architecture'>, name: string): Promise<Buffer> {
  const path = join(folder, name);
  const { params, architecture } = checkpoint;
  const plain = {
    resolution: [...architecture.imageSize],
    resize: 'bilinear',
    range: '[-1, 1]',
    exif: 'ignore',
  } as const;
  await writeCheckpoint(path, { params, architecture, labels: null, preprocessing: plain, provenance: {} });
  return readFile(path);
}

it.each([
  ['timm', 'vit_tiny16'],
  ['timm', 'vit_tiny32'],
  ['timm', 'vit_gap_tiny8'],
  ['timm', 'vit_unpooled_tiny16'],
  ['timm', 'vit_nonsquare_tiny16'],
  ['timm', 'vit_nohead_tiny16'],
  ['timm', 'hybrid_root_r_ti16'],
  ['timm', 'R26 of random weights'],
  ['timm', 'Mixer of random weights'],
  ['hf', 'vit_tiny16'],
  ['hf', 'vit_tiny32'],
  ['hf', 'vit_nonsquare_tiny16'],
  ['hf', 'vit_nohead_tiny16'],
])('npz to %s to npz leaves every bit of %s, twice the same', async (target, id) => {
  const checkpoint = await model(id);
  const write = target === 'timm' ? exportTimm : exportHuggingFace;
  const [first, second] = [join(folder, `${target}-${id}-1`), join(folder, `${target}-${id}-2`)];
  for (const dir of [first, second]) {
    await mkdir(dir);
    const { files } = await write(checkpoint, dir);
    expect(files).toContain('config.json');
  }
  for (const file of ['model.safetensors', 'config.json']) {
    // Buffer's own comparison: vitest's takes seconds for a megabyte.
    expect((await readFile(join(first, file))).equals(await readFile(join(second, file)))).toBe(true);
  }
  const back = await readCheckpoint(first);
  expect(back.architecture).toEqual(checkpoint.architecture);
  const [before, after] = [await asNpz(checkpoint, `${id}-a.npz`), await asNpz(back, `${id}-b.npz`)];
  expect(after.equals(before)).toBe(true);
  expect(back.notes.join(' ')).not.toContain('Not used');
});

it.each(['deit_tiny', 'deit_tiny_distilled', 'deit_tiny_distilled_p8'])(
  "Hugging Face's %s is written back with the same tensors",
  async (id) => {
    const source = join(GOLDENS, 'deit', id);
    const checkpoint = await readCheckpoint(join(source, 'model.safetensors'));
    const dir = join(folder, id);
    await mkdir(dir);
    await exportHuggingFace(checkpoint, dir);
    const back = await readCheckpoint(dir);
    expect(back.architecture).toEqual(checkpoint.architecture);
    const npz = await asNpz(checkpoint, `${id}.npz`);
    expect(npz.equals(await asNpz(back, `${id}-back.npz`))).toBe(true);
    expect((await readCheckpoint(join(folder, `${id}.npz`))).architecture).toEqual(checkpoint.architecture);
  },
);

it('says plainly what a target has not', async () => {
  const refused = async (id: string, write: typeof exportTimm): Promise<string> => {
    const checkpoint = await golden(id);
    return Promise.resolve()
      .then(() => write(checkpoint, folder))
      .then(
        () => 'written',
        (error: Error) => error.message,
      );
  };
  expect(await refused('mixer_tiny16', exportHuggingFace)).toContain('MLP-Mixer, which transformers has not');
  expect(await refused('hybrid_root_r_ti16', exportHuggingFace)).toContain('hybrid');
  expect(await refused('vit_gap_tiny8', exportHuggingFace)).toContain('classifier is "gap"');
  expect(await refused('vit_rep_tiny16', exportTimm)).toContain('pre_logits');
  expect(await refused('mixer_samepad_tiny16', exportTimm)).toContain("doesn't pad");
  expect(await refused('hybrid_blocks_w1', exportTimm)).toContain('no hybrid with stages');
});
