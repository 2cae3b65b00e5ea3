import type { Attributes, OpRule, Symbol } from './op-rule.ts';

// Convolutions and pools as the models use them: NHWC, padding SAME or VALID, no dilation.

/** Shape functions of 2-D convolutions, max-pooling and their gradients. */
export const CONV_RULES: Readonly<Record<string, OpRule>> = {
  Conv2D: {
    outputs: ([x, kernel], attrs) => {
      const [K, L, I, O] = kernel!.shape as [number, number, number, number];
      if (x!.shape[3] !== I) {
        throw new Error(`[${x!.shape.join()}] doesn't have the ${I} channels of the kernel [${kernel!.shape.join()}]`);
      }
      return [{ shape: windows(x!.shape, { size: [K, L], channels: O, attrs }) }];
    },
  },
  Conv2DBackpropInput: {
    outputs: ([sizes, kernel, dy], attrs) => {
      const shape = sizesOf(sizes!);
      const [K, L, I, O] = kernel!.shape as [number, number, number, number];
      checkGradient(dy!, windows(shape, { size: [K, L], channels: O, attrs }));
      if (shape[3] !== I) throw new Error(`an input of ${shape[3]} channels doesn't fit [${kernel!.shape.join()}]`);
      return [{ shape, dtype: dy!.dtype }];
    },
  },
  Conv2DBackpropFilter: {
    outputs: ([x, sizes, dy], attrs) => {
      const shape = sizesOf(sizes!);
      const [K, L, , O] = shape as [number, number, number, number];
      checkGradient(dy!, windows(x!.shape, { size: [K, L], channels: O, attrs }));
      return [{ shape }];
    },
  },
  MaxPool: { outputs: ([x], attrs) => [{ shape: pooled(x!.shape, attrs) }] },
  MaxPoolGrad: {
    outputs: ([x, y, dy], attrs) => {
      const shape = pooled(x!.shape, attrs);
      checkGradient(y!, shape);
      checkGradient(dy!, shape);
      return [{ shape: x!.shape }];
    },
  },
};

function pooled(shape: readonly number[], attrs: Attributes): number[] {
  const [one, K, L, last] = attrs['ksize'] as [number, number, number, number];
  if (one !== 1 || last !== 1) throw new Error('pools over images or channels are not recorded');
  return windows(shape, { size: [K, L], channels: shape[3]!, attrs });
}

/** [B, H, W, C] as windows of a size: SAME gives ⌈H / stride⌉, VALID those that lie within. */
function windows(
  shape: readonly number[],
  { size, channels, attrs }: { size: [number, number]; channels: number; attrs: Attributes },
): number[] {
  if (textOf(attrs['data_format']) === 'NCHW') throw new Error('channels first are not recorded');
  if (((attrs['dilations'] as number[] | undefined) ?? []).some((d) => d !== 1)) {
    throw new Error('dilated windows are not recorded');
  }
  const padding = textOf(attrs['padding']);
  if (padding !== 'SAME' && padding !== 'VALID') throw new Error(`padding ${padding} is not recorded`);
  const [, strideH, strideW] = attrs['strides'] as number[];
  const count = (length: number, window: number, stride: number): number => {
    const n = padding === 'SAME' ? Math.ceil(length / stride) : Math.ceil((length - window + 1) / stride);
    if (n < 1) throw new Error(`a window of ${window} doesn't fit ${length}`);
    return n;
  };
  const [B, H, W] = shape as [number, number, number];
  return [B, count(H, size[0], strideH!), count(W, size[1], strideW!), channels];
}

/** The shape that tfjs gives for a gradient's result. */
function sizesOf(sizes: Symbol): number[] {
  if (!sizes.constant) throw new Error('its sizes depends on data, but shapes must be known while recording');
  return Array.from(sizes.constant);
}

function checkGradient({ shape }: Symbol, expected: readonly number[]): void {
  if (shape.join() !== expected.join())
    throw new Error(`[${shape.join()}] is given where [${expected.join()}] belongs`);
}

function textOf(value: Attributes[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}
