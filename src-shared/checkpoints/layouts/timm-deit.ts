import type { DeitArchitecture } from '../../models/architecture.ts';
import { bad, expectShape, fitLabels, imageSizeOf, type Layout } from './layout.ts';
import { conv, linear, same, type Slot } from './slot.ts';
import { timmConfig } from './timm-config.ts';
import { TIMM_COMPUTED, TIMM_ENCODER, timmEncoder, timmEncoderSlots } from './timm-encoder.ts';

/** timm's LayerNorms, DeiT's too. */
const EPSILON = 1e-6;

/** Source: timm/models/deit.py (VisionTransformerDistilled); undistilled it is timm's ViT. */
export function timmDeitSlots(architecture: DeitArchitecture): Slot[] {
  const { patchSize, width: D, numClasses, distillation } = architecture;
  const slots = [
    ...conv('embedding', 'patch_embed.proj', [D, 3, patchSize[0], patchSize[1]]),
    ...timmEncoderSlots(architecture),
  ];
  if (distillation !== 'none') slots.push(same('dist', 'dist_token', [1, 1, D]));
  if (distillation === 'heads' && numClasses !== null) slots.push(...linear('head_dist', 'head_dist', [D, numClasses]));
  return slots;
}

export const timmDeit: Layout = {
  id: 'timm-deit',
  title: "timm's DeiT",
  names: new RegExp(`${TIMM_ENCODER.source}|^(dist_token|head_dist\\.)`),
  computed: TIMM_COMPUTED,
  matches: (file) =>
    file.shapes.has('patch_embed.proj.weight') &&
    file.shapes.has('cls_token') &&
    (file.shapes.has('dist_token') || timmConfig(file).architecture.startsWith('deit_')),
  read(file) {
    const notes: string[] = [];
    const config = timmConfig(file);
    const { tokens, ...encoder } = timmEncoder(file, config, notes);
    const [, , ...patch] = expectShape(file, 'patch_embed.proj.weight', [encoder.width, 3, 'P', 'P']);
    const patchSize = patch as [number, number];
    const distilled = file.shapes.has('dist_token');
    if (config.gelu === 'tanh') throw bad('config.json asks for gelu_tanh, but a DeiT has the exact GELU.');
    const architecture: DeitArchitecture = {
      family: 'deit',
      patchSize,
      imageSize: imageSizeOf(tokens - (distilled ? 2 : 1), patchSize, config.imageSize),
      ...encoder,
      classifier: 'token',
      representationSize: null,
      gelu: 'erf',
      layerNormEpsilon: EPSILON,
      distillation: distilled ? 'heads' : 'none',
    };
    return {
      architecture,
      slots: timmDeitSlots(architecture),
      labels: fitLabels(config.labels, encoder.numClasses, notes),
      ...config.prepared,
      notes,
    };
  },
};
