import type { OnnxGraphBuilder } from './graph-builder.ts';

/** As in src-worker/layers/std-conv.ts. */
const EPSILON = 1e-5;

/**
 * A convolution's kernel with zero mean and unit standard deviation for each output channel (arXiv:1903.10520), in
 * ONNX's order: [K, K, I, O] -> [O, I, K, K].
 */
export function standardised(graph: OnnxGraphBuilder, path: string): { shape: number[]; data: Float32Array } {
  const [height, width, inputs, outputs] = graph.shape(path) as [number, number, number, number];
  const data = graph.data(path);
  const area = height * width;
  const count = area * inputs;
  const result = new Float32Array(data.length);
  for (let o = 0; o < outputs; o++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += data[i * outputs + o]!;
    const mean = sum / count;
    let squares = 0;
    for (let i = 0; i < count; i++) squares += (data[i * outputs + o]! - mean) ** 2;
    const scale = 1 / (Math.sqrt(squares / count) + EPSILON);
    for (let position = 0; position < area; position++) {
      for (let i = 0; i < inputs; i++) {
        const value = data[(position * inputs + i) * outputs + o]!;
        result[(o * inputs + i) * area + position] = (value - mean) * scale;
      }
    }
  }
  return { shape: [outputs, inputs, height, width], data: result };
}
