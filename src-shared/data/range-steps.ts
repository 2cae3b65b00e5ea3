import type { Preprocessing } from '../checkpoints/sidecar.ts';

/** One float32 operation on the levels of red, green and blue. */
export interface RangeStep {
  op: 'subtract' | 'divide';
  by: readonly [number, number, number];
}

const each = (value: number) => [value, value, value] as const;

/**
 * How levels of 0 to 255 become what a model takes, in the order that rounds as the original does: vit_jax's
 * (x - 127.5) / 127.5, or PyTorch's ToTensor and Normalize.
 */
export function rangeSteps({ range, mean, std }: Preprocessing): RangeStep[] {
  if (range === '[-1, 1]') {
    return [
      { op: 'subtract', by: each(127.5) },
      { op: 'divide', by: each(127.5) },
    ];
  }
  return [
    { op: 'divide', by: each(255) },
    { op: 'subtract', by: float32(mean ?? each(0)) },
    { op: 'divide', by: float32(std ?? each(1)) },
  ];
}

function float32([r, g, b]: readonly [number, number, number]): [number, number, number] {
  return [Math.fround(r), Math.fround(g), Math.fround(b)];
}
