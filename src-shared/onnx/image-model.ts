import { AppError } from '../errors.ts';
import { numTokens, type Architecture, type Family } from '../models/architecture.ts';
import type { Params } from '../models/params.ts';
import { deitGraph } from './deit.ts';
import { OnnxGraphBuilder } from './graph-builder.ts';
import { hybridGraph } from './hybrid.ts';
import type { Features } from './layers.ts';
import { mixerGraph } from './mixer.ts';
import type { OnnxModel } from './model.ts';
import { transformerGraph } from './vit.ts';

type Graph<A extends Architecture> = (graph: OnnxGraphBuilder, images: Features, architecture: A) => string;

/** The families that ONNX files are made of: one line each. */
const GRAPHS: { [F in Family]?: Graph<Extract<Architecture, { family: F }>> } = {
  vit: transformerGraph,
  hybrid: hybridGraph,
  mixer: mixerGraph,
  deit: deitGraph,
};

/**
 * A model that classifies images as an ONNX graph: input `images` [batch, H, W, 3], float32, as the model takes them
 * (after preprocessing, channels last), output `logits` (the representation where there is no head).
 * @param metadata kept in the file (metadata_props)
 * @throws AppError usage for a family that has no ONNX graph
 */
export function onnxImageModel(
  params: Params,
  architecture: Architecture,
  metadata: Readonly<Record<string, string>>,
): OnnxModel {
  const build = GRAPHS[architecture.family] as Graph<Architecture> | undefined;
  if (!build) {
    throw new AppError('usage', `A model of the family "${architecture.family}" can't be exported to ONNX.`, {
      hint: `Families that can be: ${Object.keys(GRAPHS).join(', ')}.`,
    });
  }
  const graph = new OnnxGraphBuilder(params);
  const features: Features = { value: 'images', size: architecture.imageSize, channels: 3 };
  const result = build(graph, features, architecture);
  graph.nodes.push({ name: 'output', op: 'Identity', inputs: [result], outputs: ['logits'], attributes: {} });
  return {
    name: `vitrine_${architecture.family}`,
    description:
      'images: float32 [batch, height, width, 3], preprocessed, channels last. ' +
      (architecture.numClasses === null ? 'logits: the representation; the model has no head.' : 'logits: no softmax.'),
    inputs: [{ name: 'images', shape: ['batch', ...architecture.imageSize, 3] }],
    outputs: [{ name: 'logits', shape: outputShape(architecture) }],
    nodes: graph.nodes,
    initializers: graph.initializers,
    metadata,
  };
}

function outputShape(architecture: Architecture): (number | string)[] {
  const last = architecture.numClasses ?? architecture.representationSize ?? architecture.width;
  const { classifier } = architecture;
  if (architecture.family === 'mixer' || classifier === 'token' || classifier === 'gap') return ['batch', last];
  return ['batch', numTokens(architecture), last];
}
