import { gridOf, type MixerArchitecture } from '../models/architecture.ts';
import type { OnnxGraphBuilder } from './graph-builder.ts';
import { dense, layerNorm, meanToken, mlp, patchEmbedding, samePadding, transpose, type Features } from './layers.ts';

/** The MLP-Mixer as src-worker/models/mixer.ts has it. Gives the result's name. */
export function mixerGraph(graph: OnnxGraphBuilder, images: Features, architecture: MixerArchitecture): string {
  const { width, depth, numClasses, gelu: kind } = architecture;
  const [gridH, gridW] = gridOf(architecture);
  let x = patchEmbedding(graph, 'stem', padded(graph, images, architecture)); // [B, N, D]
  for (let i = 0; i < depth; i++) {
    const block = `MixerBlock_${i}`;
    const columns = transpose(graph, layerNorm(graph, `${block}/LayerNorm_0`, { x }), [0, 2, 1]); // [B, D, N]
    const tokens = mlp(graph, `${block}/token_mixing`, { x: columns, width: gridH * gridW, kind });
    x = graph.node('Add', [x, transpose(graph, tokens, [0, 2, 1])]);
    const rows = layerNorm(graph, `${block}/LayerNorm_1`, { x });
    const channels = mlp(graph, `${block}/channel_mixing`, { x: rows, width, kind });
    x = graph.node('Add', [x, channels]);
  }
  const pooled = meanToken(graph, layerNorm(graph, 'pre_head_layer_norm', { x }));
  return numClasses === null ? pooled : dense(graph, 'head', { x: pooled, inputs: width });
}

/** Zeros around the images where patches don't fill them. */
function padded(graph: OnnxGraphBuilder, images: Features, { patchSize }: MixerArchitecture): Features {
  const [top, bottom] = samePadding(images.size[0], patchSize[0], patchSize[0]);
  const [left, right] = samePadding(images.size[1], patchSize[1], patchSize[1]);
  if (top + bottom + left + right === 0) return images;
  const pads = graph.ints([0, top, left, 0, 0, bottom, right, 0]);
  return {
    ...images,
    value: graph.node('Pad', [images.value, pads]),
    size: [images.size[0] + top + bottom, images.size[1] + left + right],
  };
}
