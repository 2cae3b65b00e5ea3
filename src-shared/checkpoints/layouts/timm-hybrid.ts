import { hasClassToken, patchStride, type HybridArchitecture } from '../../models/architecture.ts';
import { BOTTLENECK_EXPANSION, rootWidth } from '../../models/hybrid-params.ts';
import { bad, countBlocks, expectShape, fitLabels, imageSizeOf, type Layout } from './layout.ts';
import { conv, convKernel, norm, type Slot } from './slot.ts';
import { timmConfig } from './timm-config.ts';
import {
  TIMM_COMPUTED,
  TIMM_ENCODER,
  timmClassifier,
  timmEncoder,
  timmEncoderSlots,
  timmGelu,
} from './timm-encoder.ts';

const BACKBONE = 'patch_embed.backbone';

/**
 * Source: timm/models/vision_transformer_hybrid.py and resnetv2.py (not pre-activated). The root alone has no `stem.`
 * in its names. timm standardises weights with sqrt(variance + 1e-8), vit_jax with the standard deviation + 1e-5; the
 * weights are the same.
 */
export function timmHybridSlots(architecture: HybridArchitecture): Slot[] {
  const { patchSize, width: D, resnet } = architecture;
  const root = rootWidth(architecture);
  const stem = resnet.numLayers.length > 0 ? `${BACKBONE}.stem` : BACKBONE;
  const slots = [convKernel('conv_root', `${stem}.conv`, [root, 3, 7, 7]), ...norm('gn_root', `${stem}.norm`, root)];
  let channels = root;
  resnet.numLayers.forEach((units, stage) => {
    const width = root * 2 ** stage;
    const out = width * BOTTLENECK_EXPANSION;
    for (let unit = 0; unit < units; unit++) {
      const linen = `block${stage + 1}/unit${unit + 1}`;
      const file = `${BACKBONE}.stages.${stage}.blocks.${unit}`;
      if (unit === 0) {
        slots.push(convKernel(`${linen}/conv_proj`, `${file}.downsample.conv`, [out, channels, 1, 1]));
        slots.push(...norm(`${linen}/gn_proj`, `${file}.downsample.norm`, out));
      }
      slots.push(
        convKernel(`${linen}/conv1`, `${file}.conv1`, [width, channels, 1, 1]),
        ...norm(`${linen}/gn1`, `${file}.norm1`, width),
        convKernel(`${linen}/conv2`, `${file}.conv2`, [width, width, 3, 3]),
        ...norm(`${linen}/gn2`, `${file}.norm2`, width),
        convKernel(`${linen}/conv3`, `${file}.conv3`, [out, width, 1, 1]),
        ...norm(`${linen}/gn3`, `${file}.norm3`, out),
      );
      channels = out;
    }
  });
  slots.push(...conv('embedding', 'patch_embed.proj', [D, channels, patchSize[0], patchSize[1]]));
  return [...slots, ...timmEncoderSlots(architecture)];
}

export const timmHybrid: Layout = {
  id: 'timm-hybrid',
  title: "timm's hybrid of a ResNet and a Vision Transformer",
  names: TIMM_ENCODER,
  computed: TIMM_COMPUTED,
  matches: ({ shapes }) => shapes.has(`${BACKBONE}.stem.conv.weight`) || shapes.has(`${BACKBONE}.conv.weight`),
  read(file) {
    const notes: string[] = [];
    const config = timmConfig(file);
    const { tokens, ...encoder } = timmEncoder(file, config, notes);
    const stages = countBlocks(file, /^patch_embed\.backbone\.stages\.(\d+)\./);
    const numLayers = Array.from({ length: stages }, (_, stage) =>
      countBlocks(file, new RegExp(`^patch_embed\\.backbone\\.stages\\.${stage}\\.blocks\\.(\\d+)\\.`)),
    );
    const stem = stages > 0 ? `${BACKBONE}.stem.conv.weight` : `${BACKBONE}.conv.weight`;
    const [root] = expectShape(file, stem, ['root', 3, 7, 7]);
    if (root! % 32 !== 0) throw bad(`"${stem}" has ${root} channels, which don't make the 32 groups of a GroupNorm.`);
    const [, , ...patch] = expectShape(file, 'patch_embed.proj.weight', [encoder.width, 'channels', 'P', 'P']);
    const patchSize = patch as [number, number];
    const resnet = { numLayers, widthFactor: root! / 64 };
    const classifier = timmClassifier(file, config);
    const patches = tokens - (hasClassToken(classifier) ? 1 : 0);
    const architecture: HybridArchitecture = {
      family: 'hybrid',
      patchSize,
      imageSize: imageSizeOf(patches, patchStride({ patchSize, resnet }), config.imageSize),
      ...encoder,
      classifier,
      representationSize: null,
      resnet,
      ...timmGelu(config, { numClasses: encoder.numClasses, notes }),
    };
    return {
      architecture,
      slots: timmHybridSlots(architecture),
      labels: fitLabels(config.labels, encoder.numClasses, notes),
      ...config.prepared,
      notes,
    };
  },
};
