import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExportTarget } from '../../src-shared/contract/worker.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { Params } from '../../src-shared/models/params.ts';
import { goldenModel, randomDeit, randomParams, TIMM_MIXER, TIMM_R26 } from './export-cases.ts';
import { exportCheckpoint } from './export-checkpoint.ts';
import { writeCheckpoint } from './write-checkpoint.ts';

type Model = Promise<{ params: Params; architecture: Architecture }>;

const random = async (architecture: Architecture): Model => ({ params: randomParams(architecture), architecture });
const LIT = new URL('../../bench/goldens/lit/lit_bert/checkpoint.npz', import.meta.url).pathname;

const OLD_HEAD = /pre_logits/;
const CLASS_TOKEN = /transformers' ViT looks at the class token/;
const HYBRID = /it is a hybrid of a ResNet and a ViT, which transformers has no longer/;
const MIXER = /it is an MLP-Mixer, which transformers has not/;

/**
 * What each family's models can be written as: every target that isn't named gives the same logits. Refusals by the
 * words of their reason.
 */
const MODELS: readonly [what: string, () => Model, refused: Partial<Record<ExportTarget, RegExp>>][] = [
  ['vit_tiny16', () => goldenModel('vit_tiny16'), {}],
  ['vit_nohead_tiny16', () => goldenModel('vit_nohead_tiny16'), {}],
  ['vit_gap_tiny8', () => goldenModel('vit_gap_tiny8'), { hf: CLASS_TOKEN }],
  ['vit_unpooled_tiny16', () => goldenModel('vit_unpooled_tiny16'), { hf: CLASS_TOKEN }],
  ['vit_rep_tiny16', () => goldenModel('vit_rep_tiny16'), { timm: OLD_HEAD, hf: OLD_HEAD }],
  ['hybrid_root_r_ti16', () => goldenModel('hybrid_root_r_ti16'), { hf: HYBRID }],
  ['hybrid, the ResNet of R26', () => random(TIMM_R26), { hf: HYBRID }],
  [
    'hybrid_blocks_w1',
    () => goldenModel('hybrid_blocks_w1'),
    { timm: /it has no hybrid with stages of 2 units and width factor 1/, hf: HYBRID },
  ],
  ['mixer of timm’s widths', () => random(TIMM_MIXER), { hf: MIXER }],
  ['mixer_tiny16', () => goldenModel('mixer_tiny16'), { timm: /it has no Mixer of depth 2, width 32/, hf: MIXER }],
  ['mixer_samepad_tiny16', () => goldenModel('mixer_samepad_tiny16'), { timm: /timm's Mixer doesn't pad/, hf: MIXER }],
  ['deit', () => randomDeit('none'), {}],
  ['deit, two heads', () => randomDeit('heads'), {}],
  ['deit, a token without a head', () => randomDeit('token'), { timm: /a distillation token without a head/ }],
];
const TARGETS = ['npz', 'timm', 'hf', 'savedmodel', 'onnx'] as const satisfies readonly ExportTarget[];

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vitrine-export-'))));
afterAll(() => rm(folder, { recursive: true }));

const messageOf = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => 'written',
    (error: Error) => error.message,
  );

describe.each(MODELS)('%s', (what, make, refused) => {
  const checkpoint = (): string => join(folder, `${what}.npz`);
  beforeAll(async () => {
    const { params, architecture } = await make();
    const preprocessing = { resolution: architecture.imageSize, resize: 'bilinear', range: '[-1, 1]', exif: 'ignore' };
    await writeCheckpoint(checkpoint(), {
      params,
      architecture,
      labels: null,
      preprocessing: preprocessing as never,
      provenance: {},
    });
  });

  const needsTensorFlow = describe.skipIf(!process.env.VITRINE_ENGINE_DIR);
  needsTensorFlow.each(['savedmodel'] as const)('written by TensorFlow:', exporting);
  describe.each(['npz', 'timm', 'hf', 'onnx'] as const)('on any engine:', exporting);

  function exporting(to: ExportTarget): void {
    it(`to ${to}`, async () => {
      const output = join(folder, `${what}-${to}`);
      const exported = exportCheckpoint({ checkpoint: checkpoint(), allowNan: false, to, output });
      const reason = refused[to];
      if (reason) {
        expect(await messageOf(exported)).toMatch(reason);
        expect(await readdir(folder)).not.toContain(`${what}-${to}`);
        return;
      }
      const { difference, files } = await exported;
      expect(difference).toBeLessThanOrEqual(to === 'savedmodel' || to === 'onnx' ? 1e-4 : 0);
      expect(files.map(({ name }) => name)).toContain('README.md');
    });
  }
});

it.each(TARGETS)('an image and text model is no classifier: not to %s', async (to) => {
  const output = join(folder, `lit-${to}`);
  const exported = exportCheckpoint({ checkpoint: LIT, allowNan: false, to, output });
  expect(await messageOf(exported)).toContain('an image and text model (LiT) and not a classifier');
  expect(await readdir(folder)).not.toContain(`lit-${to}`);
});
