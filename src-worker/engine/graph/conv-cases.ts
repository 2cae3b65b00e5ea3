import type { CaseInput, Draw, OpCase } from './op-case.ts';
import type { Attributes } from './op-rule.ts';
import { DT } from './proto.ts';

type Floats = (draw: Draw, shape: number[]) => CaseInput;

/** Inputs for the ops of conv-shapes.ts. */
export function convCases(floats: Floats): Record<string, (draw: Draw) => OpCase> {
  return {
    Conv2D: (draw) => {
      const { x, kernel, attrs } = convolution(draw);
      return { inputs: [floats(draw, x), floats(draw, kernel)], attrs, types: { T: DT.float32 } };
    },
    Conv2DBackpropInput: (draw) => {
      const { x, kernel, y, attrs } = convolution(draw);
      const inputs = [sizes(x), floats(draw, kernel), floats(draw, y)];
      return { inputs, attrs, types: { T: DT.float32 } };
    },
    Conv2DBackpropFilter: (draw) => {
      const { x, kernel, y, attrs } = convolution(draw);
      const inputs = [floats(draw, x), sizes(kernel), floats(draw, y)];
      return { inputs, attrs, types: { T: DT.float32 } };
    },
    MaxPool: (draw) => {
      const { x, kernel, attrs } = convolution(draw);
      return { inputs: [floats(draw, x)], attrs: pooling(attrs, kernel), types: { T: DT.float32 } };
    },
    MaxPoolGrad: (draw) => {
      const { x, kernel, y, attrs } = convolution(draw);
      const pooled = [...y.slice(0, 3), x[3]!];
      const inputs = [x, pooled, pooled].map((shape) => floats(draw, shape));
      return { inputs, attrs: pooling(attrs, kernel), types: { T: DT.float32 } };
    },
  };
}

/** Shapes of a convolution; images of both parities and odd and even windows, so that SAME pads unevenly, too. */
function convolution(draw: Draw): { x: number[]; kernel: number[]; y: number[]; attrs: Attributes } {
  const [H, W] = [draw(4, 9), draw(4, 9)];
  const [K, L] = [draw(1, 4), draw(1, 4)];
  const [B, I, O] = [draw(1, 2), draw(1, 3), draw(1, 3)];
  const stride = draw(1, 3);
  const padding = draw(0, 1) ? 'SAME' : 'VALID';
  // Counted window by window.
  const count = (length: number, window: number): number => {
    const last = padding === 'SAME' ? length : length - window + 1;
    let n = 0;
    for (let at = 0; at < last; at += stride) n++;
    return n;
  };
  return {
    x: [B, H, W, I],
    kernel: [K, L, I, O],
    y: [B, count(H, K), count(W, L), O],
    attrs: { strides: [1, stride, stride, 1], padding, data_format: 'NHWC', dilations: [1, 1, 1, 1] },
  };
}

function pooling({ strides, padding, data_format }: Attributes, kernel: readonly number[]): Attributes {
  return { ksize: [1, kernel[0]!, kernel[1]!, 1], strides: strides!, padding: padding!, data_format: data_format! };
}

function sizes(values: number[]): CaseInput {
  return { shape: [4], dtype: DT.int32, data: Int32Array.from(values) };
}
