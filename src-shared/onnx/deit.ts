import { prefixTokens, type DeitArchitecture } from '../models/architecture.ts';
import { encode, joinTokens } from './encoder.ts';
import type { OnnxGraphBuilder } from './graph-builder.ts';
import { dense, takeToken, type Features } from './layers.ts';

/** DeiT as src-worker/models/deit.ts has it. Gives the result's name. */
export function deitGraph(graph: OnnxGraphBuilder, images: Features, architecture: DeitArchitecture): string {
  const { width, numClasses, distillation } = architecture;
  const tokens = ['cls', 'dist'].slice(0, prefixTokens(architecture));
  const encoded = encode(graph, joinTokens(graph, images, tokens), architecture);
  const cls = takeToken(graph, encoded, 0);
  if (numClasses === null) return cls;
  const byClass = dense(graph, 'head', { x: cls, inputs: width });
  if (distillation !== 'heads') return byClass;
  const byDistillation = dense(graph, 'head_dist', { x: takeToken(graph, encoded, 1), inputs: width });
  return graph.node('Mul', [graph.node('Add', [byClass, byDistillation]), graph.scalar(0.5)]);
}
