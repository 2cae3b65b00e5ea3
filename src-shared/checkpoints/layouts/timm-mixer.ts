import { gridOf, type MixerArchitecture } from '../../models/architecture.ts';
import { bad, countBlocks, expectShape, fitLabels, imageSizeOf, type Layout } from './layout.ts';
import { conv, linear, norm, type Slot } from './slot.ts';
import { timmConfig } from './timm-config.ts';
import { timmGelu } from './timm-encoder.ts';

/** Source: timm/models/mlp_mixer.py (MlpMixer, MixerBlock). */
export function timmMixerSlots(architecture: MixerArchitecture): Slot[] {
  const { width: D, depth, patchSize, tokensMlpDim, channelsMlpDim, numClasses } = architecture;
  const [gridH, gridW] = gridOf(architecture);
  const N = gridH * gridW;
  const slots = conv('stem', 'stem.proj', [D, 3, patchSize[0], patchSize[1]]);
  for (let i = 0; i < depth; i++) {
    const [block, file] = [`MixerBlock_${i}`, `blocks.${i}`];
    slots.push(
      ...norm(`${block}/LayerNorm_0`, `${file}.norm1`, D),
      ...linear(`${block}/token_mixing/Dense_0`, `${file}.mlp_tokens.fc1`, [N, tokensMlpDim]),
      ...linear(`${block}/token_mixing/Dense_1`, `${file}.mlp_tokens.fc2`, [tokensMlpDim, N]),
      ...norm(`${block}/LayerNorm_1`, `${file}.norm2`, D),
      ...linear(`${block}/channel_mixing/Dense_0`, `${file}.mlp_channels.fc1`, [D, channelsMlpDim]),
      ...linear(`${block}/channel_mixing/Dense_1`, `${file}.mlp_channels.fc2`, [channelsMlpDim, D]),
    );
  }
  slots.push(...norm('pre_head_layer_norm', 'norm', D));
  if (numClasses !== null) slots.push(...linear('head', 'head', [D, numClasses]));
  return slots;
}

export const timmMixer: Layout = {
  id: 'timm-mixer',
  title: "timm's MLP-Mixer",
  names: /^(stem\.|blocks\.\d+\.(norm|mlp_tokens|mlp_channels)|norm\.|head\.)/,
  computed: /^(stem\.|blocks\.)/,
  matches: ({ shapes }) => shapes.has('stem.proj.weight') && shapes.has('blocks.0.mlp_tokens.fc1.weight'),
  read(file) {
    const notes: string[] = [];
    const config = timmConfig(file);
    const [width, , ...patch] = expectShape(file, 'stem.proj.weight', ['D', 3, 'P', 'P']);
    const patchSize = patch as [number, number];
    const [tokensMlpDim, tokens] = expectShape(file, 'blocks.0.mlp_tokens.fc1.weight', ['tokensMlpDim', 'N']);
    const [channelsMlpDim] = expectShape(file, 'blocks.0.mlp_channels.fc1.weight', ['channelsMlpDim', width!]);
    const numClasses = file.shapes.has('head.weight') ? expectShape(file, 'head.weight', ['C', width!])[0]! : null;
    if ((config.globalPool ?? 'avg') !== 'avg') throw bad(`Its pooling "${config.globalPool}" is not a Mixer's.`);
    const architecture: MixerArchitecture = {
      family: 'mixer',
      patchSize,
      imageSize: imageSizeOf(tokens!, patchSize, config.imageSize),
      width: width!,
      depth: countBlocks(file, /^blocks\.(\d+)\./),
      tokensMlpDim: tokensMlpDim!,
      channelsMlpDim: channelsMlpDim!,
      classifier: 'gap',
      representationSize: null,
      numClasses,
      ...timmGelu(config, { numClasses, notes }),
    };
    return {
      architecture,
      slots: timmMixerSlots(architecture),
      labels: fitLabels(config.labels, numClasses, notes),
      ...config.prepared,
      notes,
    };
  },
};
