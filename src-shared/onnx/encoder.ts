import type { TransformerArchitecture } from '../models/architecture.ts';
import type { OnnxGraphBuilder } from './graph-builder.ts';
import { layerNorm, mlp, patchEmbedding, selfAttention, type Features } from './layers.ts';

/**
 * Patches with learned tokens before them and position embeddings added: [B, H, W, C] -> [B, N, D].
 * @param tokens names of parameters [1, 1, D]
 */
export function joinTokens(graph: OnnxGraphBuilder, features: Features, tokens: readonly string[]): string {
  const patches = patchEmbedding(graph, 'embedding', features);
  const prefix = tokens.length === 0 ? [] : repeated(graph, features.value, tokens);
  const x = tokens.length === 0 ? patches : graph.node('Concat', [...prefix, patches], axis(1));
  return graph.node('Add', [x, graph.weight('Transformer/posembed_input/pos_embedding')]);
}

/** The blocks and the last norm: x [B, N, D] -> [B, N, D]. */
export function encode(graph: OnnxGraphBuilder, input: string, architecture: TransformerArchitecture): string {
  const { width, depth, numHeads: heads, gelu: kind, layerNormEpsilon: epsilon } = architecture;
  let x = input;
  for (let i = 0; i < depth; i++) {
    const block = `Transformer/encoderblock_${i}`;
    const normed = layerNorm(graph, `${block}/LayerNorm_0`, { x, epsilon });
    const attention = { x: normed, width, heads };
    x = graph.node('Add', [x, selfAttention(graph, `${block}/MultiHeadDotProductAttention_0`, attention)]);
    const rows = layerNorm(graph, `${block}/LayerNorm_1`, { x, epsilon });
    x = graph.node('Add', [x, mlp(graph, `${block}/MlpBlock_0`, { x: rows, width, kind })]);
  }
  return layerNorm(graph, 'Transformer/encoder_norm', { x, epsilon });
}

/** Each token once for each image: [B, 1, D]. */
function repeated(graph: OnnxGraphBuilder, images: string, tokens: readonly string[]): string[] {
  const width = graph.shape(tokens[0]!)[2]!;
  const batch = graph.node('Slice', [graph.node('Shape', [images]), graph.ints([0]), graph.ints([1])]);
  const shape = graph.node('Concat', [batch, graph.ints([1, width])], axis(0));
  return tokens.map((token) => graph.node('Expand', [graph.weight(token), shape]));
}

function axis(int: number): { attributes: { axis: { int: number } } } {
  return { attributes: { axis: { int } } };
}
