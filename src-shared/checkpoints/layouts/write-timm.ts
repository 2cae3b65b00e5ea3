import { AppError } from '../../errors.ts';
import { prefixTokens, type Architecture, type TransformerArchitecture } from '../../models/architecture.ts';
import { cropFraction } from '../crop-fraction.ts';
import { plainResize } from '../preprocessing.ts';
import type { Preprocessing } from '../sidecar.ts';
import { cornerNotes } from './corner-notes.ts';
import type { Slot } from './slot.ts';
import { timmDeitSlots } from './timm-deit.ts';
import { timmHybridSlots } from './timm-hybrid.ts';
import { timmMixerSlots } from './timm-mixer.ts';
import { timmVitSlots } from './timm-vit.ts';

/** What a checkpoint is, for writing it in another layout. */
export interface DescribedModel {
  architecture: Architecture;
  /** Class names in the order of the logits. */
  labels: readonly string[] | null;
  preprocessing: Preprocessing | null;
  /** Why it can't be said how images are prepared, where it is something else than usual. */
  unprepared?: string | undefined;
}

/** A checkpoint in another layout: where its parameters go, and the JSON files beside them. */
export interface WrittenLayout {
  slots: Slot[];
  /** Content by file name. */
  json: Record<string, unknown>;
  /** What the target can't say or does otherwise, a sentence each. */
  notes: string[];
}

export function cannotExport(target: string, why: string): AppError {
  return new AppError('usage', `${target} can't hold this model: ${why}.`, {
    hint: 'Export to npz, which holds every model.',
  });
}

/**
 * A model as `timm.create_model('local-dir:FOLDER', pretrained=True)` takes it.
 * @throws AppError usage where timm has no such model
 */
export function timmLayout(model: DescribedModel): WrittenLayout {
  const { architecture, labels } = model;
  const { imageSize, numClasses, classifier } = architecture;
  const notes: string[] = [];
  const { name, slots, args } = modelOf(architecture, notes);
  const pool = classifier === 'gap' ? 'avg' : classifier === 'token' ? 'token' : '';
  const config = {
    architecture: name,
    num_classes: numClasses ?? 0,
    num_features: architecture.width,
    global_pool: pool,
    ...(labels ? { label_names: labels } : {}),
    model_args: { img_size: imageSize, ...args },
    // What timm's Mixer doesn't take from a file.
    ...(architecture.family === 'mixer' ? { vitrine: { gelu: architecture.gelu ?? 'tanh' } } : {}),
    pretrained_cfg: {
      tag: 'vitrine',
      custom_load: false,
      input_size: [3, ...imageSize],
      fixed_input_size: true,
      ...transform(model, notes),
      num_classes: numClasses ?? 0,
      pool_size: null,
      first_conv: slots.find((slot) => slot.fileShape[1] === 3)!.file.replace(/\.weight$/, ''),
      classifier: slots.some((slot) => slot.linen === 'head_dist/kernel') ? ['head', 'head_dist'] : 'head',
    },
  };
  return { slots, json: { 'config.json': config }, notes };
}

interface TimmModel {
  name: string;
  slots: Slot[];
  args: Record<string, unknown>;
}

function modelOf(architecture: Architecture, notes: string[]): TimmModel {
  if (architecture.representationSize !== null) {
    throw cannotExport('timm', 'it has a layer between encoder and head (pre_logits), which timm left out');
  }
  switch (architecture.family) {
    case 'vit':
      return { name: vitName(architecture), slots: timmVitSlots(architecture), args: encoderArgs(architecture, notes) };
    case 'deit': {
      if (architecture.distillation === 'token') {
        throw cannotExport('timm', 'it has a distillation token without a head, where timm averages two heads');
      }
      const { global_pool: _, fc_norm: __, class_token: ___, ...args } = encoderArgs(architecture, notes);
      const distilled = prefixTokens(architecture) === 2 ? '_distilled' : '';
      const size = SIZES[architecture.width] ?? 'base';
      const known = size === 'tiny' || size === 'small' ? size : 'base';
      return { name: `deit_${known}${distilled}_patch16_224`, slots: timmDeitSlots(architecture), args };
    }
    case 'hybrid': {
      const name = HYBRIDS[architecture.resnet.numLayers.join()];
      if (name === undefined || architecture.resnet.widthFactor !== 1) {
        const stages = architecture.resnet.numLayers.join(', ') || 'none';
        throw cannotExport(
          'timm',
          `it has no hybrid with stages of ${stages} units and width factor ${architecture.resnet.widthFactor}`,
        );
      }
      notes.push(
        'timm standardises weights with sqrt(variance + 1e-8) where this model was trained with the standard deviation + 1e-5: logits differ by about 1e-5.',
      );
      return { name, slots: timmHybridSlots(architecture), args: encoderArgs(architecture, notes) };
    }
    case 'mixer': {
      const { imageSize, patchSize, depth, width, tokensMlpDim, channelsMlpDim } = architecture;
      if (imageSize.some((side, axis) => side % patchSize[axis]! !== 0)) {
        throw cannotExport(
          'timm',
          `images of ${imageSize.join('x')} px are no whole number of its patches, and timm's Mixer doesn't pad`,
        );
      }
      if (architecture.gelu === undefined) {
        notes.push(
          "timm's Mixer takes no GELU from a file and uses the exact one: logits differ by about 2e-4 unless it is made with " +
            "act_layer=partial(torch.nn.GELU, approximate='tanh').",
        );
      }
      const name = MIXERS[[...patchSize, depth, width].join()];
      if (name === undefined) {
        throw cannotExport(
          'timm',
          `it has no Mixer of depth ${depth}, width ${width} and patches of ${patchSize.join('x')} px`,
        );
      }
      const args = { mlp_ratio: [ratio(tokensMlpDim, width), ratio(channelsMlpDim, width)] };
      return { name, slots: timmMixerSlots(architecture), args };
    }
  }
}

/** timm's hybrids by the units of their ResNet's stages (timm/models/vision_transformer_hybrid.py). */
const HYBRIDS: Readonly<Record<string, string>> = {
  '': 'vit_tiny_r_s16_p8_224',
  '2,2,2,2': 'vit_small_r26_s32_224',
  '3,4,9': 'vit_base_r50_s16_224',
  '3,4,6,3': 'vit_large_r50_s32_224',
};

/** timm's Mixers by patch, depth and width, which it takes from nowhere else (timm/models/mlp_mixer.py). */
const MIXERS: Readonly<Record<string, string>> = {
  '32,32,8,512': 'mixer_s32_224',
  '16,16,8,512': 'mixer_s16_224',
  '32,32,12,768': 'mixer_b32_224',
  '16,16,12,768': 'mixer_b16_224',
  '32,32,24,1024': 'mixer_l32_224',
  '16,16,24,1024': 'mixer_l16_224',
};

const SIZES: Readonly<Record<number, string>> = { 192: 'tiny', 384: 'small', 768: 'base', 1024: 'large', 1280: 'huge' };
const VITS = new Set([
  'tiny16',
  'small8',
  'small16',
  'small32',
  'base8',
  'base16',
  'base32',
  'large16',
  'large32',
  'huge14',
]);

/** The entry point whose sizes are nearest; model_args says all of them anyway. */
function vitName({ width, patchSize }: TransformerArchitecture): string {
  const word = SIZES[width] ?? '';
  const [patch] = patchSize;
  return VITS.has(`${word}${patch}`) ? `vit_${word}_patch${patch}_224` : 'vit_base_patch16_224';
}

function encoderArgs(architecture: TransformerArchitecture, notes: string[]): Record<string, unknown> {
  const { patchSize, width, depth, numHeads, mlpDim, classifier, gelu, layerNormEpsilon = 1e-6 } = architecture;
  if (layerNormEpsilon !== 1e-6) {
    notes.push(
      `timm's LayerNorms have the epsilon 1e-6, this model's ${layerNormEpsilon}: logits differ by about 1e-5.`,
    );
  }
  return {
    patch_size: size(patchSize),
    embed_dim: width,
    depth,
    num_heads: numHeads,
    mlp_ratio: ratio(mlpDim, width),
    class_token: classifier === 'token' || classifier === 'token_unpooled',
    global_pool: classifier === 'gap' ? 'avg' : classifier === 'token' ? 'token' : '',
    fc_norm: false,
    act_layer: gelu === 'erf' ? 'gelu' : 'gelu_tanh',
  };
}

function size([height, width]: readonly [number, number]): number | [number, number] {
  return height === width ? height : [height, width];
}

/** timm computes int(width * ratio). */
function ratio(hidden: number, width: number): number {
  const exact = hidden / width;
  return Math.trunc(width * exact) === hidden ? exact : exact * (1 + Number.EPSILON);
}

function transform(
  { architecture, preprocessing, unprepared }: DescribedModel,
  notes: string[],
): Record<string, unknown> {
  if (!preprocessing && (architecture.family === 'deit' || unprepared !== undefined)) {
    notes.push('How images are prepared is not known, so config.json says nothing about it.');
    return {};
  }
  const p = preprocessing ?? plainResize(architecture.imageSize);
  if (p.antialias !== true)
    notes.push('timm resizes with antialiasing, this model was trained without: predictions differ a little.');
  notes.push(...cornerNotes('timm', p, undefined));
  const mean = p.range === '[-1, 1]' ? HALF : p.mean;
  const std = p.range === '[-1, 1]' ? HALF : p.std;
  const { resized } = p;
  const scaled =
    resized === undefined ? architecture.imageSize : resized.fit === 'stretch' ? resized.size : [resized.length];
  return {
    interpolation: p.resize,
    crop_pct: cropFraction(architecture.imageSize[0], scaled[0]),
    crop_mode: resized?.fit === 'short side' ? 'center' : 'squash',
    mean,
    std,
  };
}

const HALF = [0.5, 0.5, 0.5];
