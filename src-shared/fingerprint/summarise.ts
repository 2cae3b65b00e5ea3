import { philox4x32 } from '../random.ts';
import { shortestFloat } from './shortest-float.ts';

const FIRST = 8;
const TOP = 5;
/** As many as one draw of Philox gives words. */
const PROJECTIONS = 4;
/** Signs that one word holds. */
const WORD = 32;

interface OutputSummary {
  first: number[];
  top: [index: number, value: number][];
  mean: number;
  std: number;
  norm: number;
  projections: number[];
}

/** One image's outputs in a few numbers; sums in double precision, results in single. */
export function summarise(outputs: Float32Array): OutputSummary {
  const n = outputs.length;
  const mean = outputs.reduce((sum, x) => sum + x, 0) / n;
  const squares = outputs.reduce((sum, x) => sum + x * x, 0);
  const variance = outputs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  const order = [...outputs.keys()].sort((a, b) => outputs[b]! - outputs[a]! || a - b);
  return {
    first: [...outputs.subarray(0, FIRST)].map(shortestFloat),
    top: order.slice(0, TOP).map((i) => [i, shortestFloat(outputs[i]!)]),
    mean: shortestFloat(mean),
    std: shortestFloat(Math.sqrt(variance)),
    norm: shortestFloat(Math.sqrt(squares)),
    projections: projections(outputs).map(shortestFloat),
  };
}

/** Sums with signs that Philox draws, the same always; bit i % 32 of word p of draw i / 32 is output i's sign in sum p. */
function projections(outputs: Float32Array): number[] {
  const sums = new Array<number>(PROJECTIONS).fill(0);
  for (let from = 0; from < outputs.length; from += WORD) {
    const words = philox4x32([from / WORD, 0, 0, 0], [0, 0]);
    const to = Math.min(from + WORD, outputs.length);
    for (let p = 0; p < PROJECTIONS; p++) {
      for (let i = from; i < to; i++) sums[p]! += (words[p]! >>> (i - from)) & 1 ? -outputs[i]! : outputs[i]!;
    }
  }
  return sums.map((sum) => sum / Math.sqrt(outputs.length));
}
