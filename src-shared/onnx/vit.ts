import { hasClassToken, type TransformerArchitecture } from '../models/architecture.ts';
import { encode, joinTokens } from './encoder.ts';
import type { OnnxGraphBuilder } from './graph-builder.ts';
import { dense, meanToken, takeToken, type Features } from './layers.ts';

/** The transformer over images or a ResNet's features, as src-worker/models/vit.ts has it. Gives the result's name. */
export function transformerGraph(
  graph: OnnxGraphBuilder,
  features: Features,
  architecture: TransformerArchitecture,
): string {
  const { width, classifier, representationSize, numClasses } = architecture;
  const tokens = hasClassToken(classifier) ? ['cls'] : [];
  let x = encode(graph, joinTokens(graph, features, tokens), architecture);
  if (classifier === 'gap') x = meanToken(graph, x);
  if (classifier === 'token') x = takeToken(graph, x, 0);
  if (representationSize !== null) x = graph.node('Tanh', [dense(graph, 'pre_logits', { x, inputs: width })]);
  return numClasses === null ? x : dense(graph, 'head', { x, inputs: representationSize ?? width });
}
