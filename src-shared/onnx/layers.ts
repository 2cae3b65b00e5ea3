import type { OnnxGraphBuilder } from './graph-builder.ts';

/** The layers of src-worker/layers as ONNX nodes, numbers and shapes alike; `path` is where their parameters stand. */

const EPSILON = 1e-6;

export function reshape(graph: OnnxGraphBuilder, x: string, shape: readonly number[]): string {
  return graph.node('Reshape', [x, graph.ints(shape)]); // 0 keeps a dimension, the batch's
}

export function transpose(graph: OnnxGraphBuilder, x: string, perm: readonly number[]): string {
  return graph.node('Transpose', [x], { attributes: { perm: { ints: perm } } });
}

/** x [..., I] -> [..., O] with kernel [I, O] and bias [O]; other shapes of as many numbers are read as these. */
export function dense(graph: OnnxGraphBuilder, path: string, { x, inputs }: { x: string; inputs: number }): string {
  const size = graph.data(`${path}/kernel`).length;
  const kernel = graph.weight(`${path}/kernel`, [inputs, size / inputs]);
  const product = graph.node('MatMul', [x, kernel], { name: `${path}/product` });
  return graph.node('Add', [product, graph.weight(`${path}/bias`, [size / inputs])], { name: `${path}/output` });
}

/** x [..., D] -> [..., D] */
export function layerNorm(
  graph: OnnxGraphBuilder,
  path: string,
  { x, epsilon = EPSILON }: { x: string; epsilon?: number | undefined },
): string {
  return graph.node('LayerNormalization', [x, graph.weight(`${path}/scale`), graph.weight(`${path}/bias`)], {
    name: `${path}/output`,
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}

/** The GELU that an architecture names, in elementary ops: the op Gelu needs opset 20. */
function gelu(graph: OnnxGraphBuilder, x: string, kind: 'erf' | undefined): string {
  const half = graph.node('Mul', [x, graph.scalar(0.5)]);
  const share = kind === 'erf' ? erfShare(graph, x) : tanhShare(graph, x);
  return graph.node('Mul', [half, graph.node('Add', [share, graph.scalar(1)])]);
}

function erfShare(graph: OnnxGraphBuilder, x: string): string {
  return graph.node('Erf', [graph.node('Mul', [x, graph.scalar(Math.SQRT1_2)])]);
}

function tanhShare(graph: OnnxGraphBuilder, x: string): string {
  const cubed = graph.node('Mul', [graph.node('Mul', [x, x]), x]);
  const inner = graph.node('Add', [x, graph.node('Mul', [cubed, graph.scalar(0.044715)])]);
  return graph.node('Tanh', [graph.node('Mul', [inner, graph.scalar(Math.sqrt(2 / Math.PI))])]);
}

/** Dense, GELU, dense over the last axis, of the given width. */
export function mlp(
  graph: OnnxGraphBuilder,
  path: string,
  { x, width, kind }: { x: string; width: number; kind: 'erf' | undefined },
): string {
  const hiddenWidth = graph.shape(`${path}/Dense_0/bias`)[0]!;
  const hidden = gelu(graph, dense(graph, `${path}/Dense_0`, { x, inputs: width }), kind);
  return dense(graph, `${path}/Dense_1`, { x: hidden, inputs: hiddenWidth });
}

/** Multi-head self-attention: x [B, N, D] -> [B, N, D]. */
export function selfAttention(
  graph: OnnxGraphBuilder,
  path: string,
  { x, width, heads }: { x: string; width: number; heads: number },
): string {
  const headSize = width / heads;
  const project = (name: string, perm: number[]): string => {
    const projected = dense(graph, `${path}/${name}`, { x, inputs: width });
    return transpose(graph, reshape(graph, projected, [0, 0, heads, headSize]), perm);
  };
  const query = graph.node('Mul', [project('query', [0, 2, 1, 3]), graph.scalar(1 / Math.sqrt(headSize))]);
  const scores = graph.node('MatMul', [query, project('key', [0, 2, 3, 1])]); // [B, H, N, N]
  const weights = graph.node('Softmax', [scores], { name: `${path}/weights`, attributes: { axis: { int: -1 } } });
  const mixed = graph.node('MatMul', [weights, project('value', [0, 2, 1, 3])]); // [B, H, N, D/H]
  const rows = reshape(graph, transpose(graph, mixed, [0, 2, 1, 3]), [0, 0, width]);
  return dense(graph, `${path}/out`, { x: rows, inputs: width });
}

/** [B, N, D] -> [B, D] */
export function meanToken(graph: OnnxGraphBuilder, x: string): string {
  return graph.node('ReduceMean', [x], { attributes: { axes: { ints: [1] }, keepdims: { int: 0 } } });
}

/** [B, N, D] -> [B, D] */
export function takeToken(graph: OnnxGraphBuilder, x: string, index: number): string {
  const which = graph.tensor(`constant/token${index}`, { shape: [], data: BigInt64Array.of(BigInt(index)) });
  return graph.node('Gather', [x, which], { attributes: { axis: { int: 1 } } });
}

/** Images or features and what is known of them. */
export interface Features {
  /** [B, H, W, C] */
  value: string;
  size: readonly [number, number];
  channels: number;
}

/**
 * Cuts features into patches of the kernel's size and embeds each: [B, H, W, C] -> [B, N, D]. Rows and columns that
 * don't fill a patch are left out.
 */
export function patchEmbedding(graph: OnnxGraphBuilder, path: string, { value, size, channels }: Features): string {
  const [patchH, patchW] = graph.shape(`${path}/kernel`) as [number, number];
  const [gridH, gridW] = [Math.floor(size[0] / patchH), Math.floor(size[1] / patchW)];
  const covered = [gridH * patchH, gridW * patchW] as const;
  const whole = covered[0] === size[0] && covered[1] === size[1];
  const cropped = whole
    ? value
    : graph.node('Slice', [value, graph.ints([0, 0]), graph.ints(covered), graph.ints([1, 2])]);
  const split = reshape(graph, cropped, [0, gridH, patchH, gridW, patchW * channels]);
  const inputs = patchH * patchW * channels;
  const patches = reshape(graph, transpose(graph, split, [0, 1, 3, 2, 4]), [0, gridH * gridW, inputs]);
  return dense(graph, path, { x: patches, inputs });
}

/** Padding of one axis as TensorFlow's SAME has it: what is over goes after. */
export function samePadding(size: number, kernel: number, stride: number): [before: number, after: number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
