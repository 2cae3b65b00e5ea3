import type { HybridArchitecture } from '../models/architecture.ts';
import type { OnnxGraphBuilder } from './graph-builder.ts';
import { reshape, samePadding, transpose, type Features } from './layers.ts';
import { standardised } from './standardised.ts';
import { transformerGraph } from './vit.ts';

const GROUPS = 32;
const EPSILON = 1e-6;

/** Between the first transpose and the last: [B, C, H, W]. */
type Map4 = Features;

/**
 * The hybrid as src-worker/models/hybrid.ts has it, its ResNet in ONNX's order of axes. Kernels are standardised here
 * and not by the graph. Gives the result's name.
 */
export function hybridGraph(graph: OnnxGraphBuilder, images: Features, architecture: HybridArchitecture): string {
  let x: Map4 = { ...images, value: transpose(graph, images.value, [0, 3, 1, 2]) };
  x = normRelu(graph, 'gn_root', conv(graph, 'conv_root', { x, stride: 2 }));
  x = maxPool(graph, x);
  architecture.resnet.numLayers.forEach((units, stage) => {
    for (let unit = 1; unit <= units; unit++) {
      const stride = stage > 0 && unit === 1 ? 2 : 1;
      x = bottleneck(graph, `block${stage + 1}/unit${unit}`, { x, stride });
    }
  });
  return transformerGraph(graph, { ...x, value: transpose(graph, x.value, [0, 2, 3, 1]) }, architecture);
}

interface Strided {
  x: Map4;
  stride: number;
}

function bottleneck(graph: OnnxGraphBuilder, path: string, { x, stride }: Strided): Map4 {
  const shortcut = graph.has(`${path}/conv_proj/kernel`)
    ? groupNorm(graph, `${path}/gn_proj`, conv(graph, `${path}/conv_proj`, { x, stride }))
    : x;
  let y = normRelu(graph, `${path}/gn1`, conv(graph, `${path}/conv1`, { x, stride: 1 }));
  y = normRelu(graph, `${path}/gn2`, conv(graph, `${path}/conv2`, { x: y, stride }));
  y = groupNorm(graph, `${path}/gn3`, conv(graph, `${path}/conv3`, { x: y, stride: 1 }));
  return { ...y, value: graph.node('Relu', [graph.node('Add', [shortcut.value, y.value])]) };
}

function conv(graph: OnnxGraphBuilder, path: string, { x, stride }: Strided): Map4 {
  const [kernel, , , channels] = graph.shape(`${path}/kernel`) as [number, number, number, number];
  const weights = graph.tensor(`${path}/kernel`, standardised(graph, `${path}/kernel`));
  const { attributes, size } = window(x.size, kernel, stride);
  const value = graph.node('Conv', [x.value, weights], { name: `${path}/output`, attributes });
  return { value, size, channels };
}

function maxPool(graph: OnnxGraphBuilder, x: Map4): Map4 {
  const { attributes, size } = window(x.size, 3, 2);
  return { ...x, value: graph.node('MaxPool', [x.value], { attributes }), size };
}

/** What Conv and MaxPool need to know for SAME, and the size that comes out. */
function window(
  size: readonly [number, number],
  kernel: number,
  stride: number,
): { attributes: Record<string, { ints: number[] }>; size: [number, number] } {
  const [top, bottom] = samePadding(size[0], kernel, stride);
  const [left, right] = samePadding(size[1], kernel, stride);
  return {
    attributes: {
      kernel_shape: { ints: [kernel, kernel] },
      strides: { ints: [stride, stride] },
      pads: { ints: [top, left, bottom, right] },
    },
    size: [Math.ceil(size[0] / stride), Math.ceil(size[1] / stride)],
  };
}

function normRelu(graph: OnnxGraphBuilder, path: string, x: Map4): Map4 {
  return { ...x, value: graph.node('Relu', [groupNorm(graph, path, x).value]) };
}

/** Group normalisation as instance normalisation of each group: the op GroupNormalization needs opset 21. */
function groupNorm(graph: OnnxGraphBuilder, path: string, x: Map4): Map4 {
  const grouped = reshape(graph, x.value, [0, GROUPS, -1]); // [B, G, C/G * H * W]
  const ones = graph.tensor('constant/groups/ones', { shape: [GROUPS], data: new Float32Array(GROUPS).fill(1) });
  const zeros = graph.tensor('constant/groups/zeros', { shape: [GROUPS], data: new Float32Array(GROUPS) });
  const normed = graph.node('InstanceNormalization', [grouped, ones, zeros], {
    attributes: { epsilon: { float: EPSILON } },
  });
  const whole = reshape(graph, normed, [0, x.channels, ...x.size]);
  const scaled = graph.node('Mul', [whole, graph.weight(`${path}/scale`, [x.channels, 1, 1])]);
  return { ...x, value: graph.node('Add', [scaled, graph.weight(`${path}/bias`, [x.channels, 1, 1])]) };
}
