import { hasClassToken, type VitArchitecture } from '../../models/architecture.ts';
import { expectShape, fitLabels, imageSizeOf, type Layout } from './layout.ts';
import { conv, type Slot } from './slot.ts';
import { timmConfig } from './timm-config.ts';
import {
  TIMM_COMPUTED,
  TIMM_ENCODER,
  timmClassifier,
  timmEncoder,
  timmEncoderSlots,
  timmGelu,
} from './timm-encoder.ts';

/** Source: timm/models/vision_transformer.py (VisionTransformer). */
export function timmVitSlots(architecture: VitArchitecture): Slot[] {
  const { patchSize, width } = architecture;
  return [
    ...conv('embedding', 'patch_embed.proj', [width, 3, patchSize[0], patchSize[1]]),
    ...timmEncoderSlots(architecture),
  ];
}

export const timmVit: Layout = {
  id: 'timm-vit',
  title: "timm's Vision Transformer",
  names: TIMM_ENCODER,
  computed: TIMM_COMPUTED,
  matches: ({ shapes }) => shapes.has('patch_embed.proj.weight') && shapes.has('blocks.0.attn.qkv.weight'),
  read(file) {
    const notes: string[] = [];
    const config = timmConfig(file);
    const { tokens, ...encoder } = timmEncoder(file, config, notes);
    const [, , ...patch] = expectShape(file, 'patch_embed.proj.weight', [encoder.width, 3, 'P', 'P']);
    const patchSize = patch as [number, number];
    const classifier = timmClassifier(file, config);
    const architecture: VitArchitecture = {
      family: 'vit',
      patchSize,
      imageSize: imageSizeOf(tokens - (hasClassToken(classifier) ? 1 : 0), patchSize, config.imageSize),
      ...encoder,
      classifier,
      representationSize: null,
      ...timmGelu(config, { numClasses: encoder.numClasses, notes }),
    };
    return {
      architecture,
      slots: timmVitSlots(architecture),
      labels: fitLabels(config.labels, encoder.numClasses, notes),
      ...config.prepared,
      notes,
    };
  },
};
