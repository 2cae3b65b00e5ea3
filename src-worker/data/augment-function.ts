import type { Augmentation } from '../../src-shared/data/augment/augment.ts';
import { JITTER_DRAWS } from '../../src-shared/data/augment/color-jitter.ts';
import { ERASING_DRAWS } from '../../src-shared/data/augment/erasing.ts';
import { DRAWS_A_LAYER } from '../../src-shared/data/augment/rand-augment.ts';
import type { FunctionDef } from '../engine/graph/proto.ts';
import { jittered, jitterFunctions } from './color-jitter-function.ts';
import { erasingFunctions, maybeErased } from './erasing-function.ts';
import type { PixelBody } from './pixel-body.ts';
import { randAugmented, randFunctions } from './rand-augment-function.ts';
import { neighbouringSeed, statelessDraw } from './stateless-draw.ts';

/** Which neighbour of the image's seed each draws from; 1 is the flip's. */
const SEED = { levels: 2, erasing: 3, noise: 4 } as const;

/** The augmentation of one image in a graph: two steps of its map function, and the functions that they call. */
export interface GraphAugmentation {
  /** After the flip: levels to levels. */
  onLevels: (body: PixelBody, pixels: string) => string;
  /** In the model's range of values. */
  onValues: (body: PixelBody, values: string) => string;
  functions: FunctionDef[];
}

const unchanged = (_: PixelBody, pixels: string): string => pixels;

/** `augmentLevels` and `augmentValues` of src-shared/data/augment; no node at all for what is off. */
export function graphAugmentation(
  name: string,
  augmentation: Augmentation,
  size: readonly [number, number],
): GraphAugmentation {
  const { rand_layers: layers, rand_magnitude: magnitude, color_jitter: strength, erasing } = augmentation;
  const rand = layers > 0 ? randFunctions(`${name}_rand`, { magnitude, size }) : [];
  const jitter = strength > 0 ? jitterFunctions(`${name}_jitter`) : [];
  const erase = erasing > 0 ? erasingFunctions(name, size) : null;
  const [randDraws, jitterDraws] = [DRAWS_A_LAYER * layers, strength > 0 ? JITTER_DRAWS : 0];
  const levels = (body: PixelBody, pixels: string): string => {
    const all = uniform(body, SEED.levels, randDraws + jitterDraws);
    let augmented = pixels;
    if (layers > 0) {
      const draws = body.part(all, 0, randDraws);
      augmented = randAugmented(body, { pixels, draws }, { layers, functions: rand, size });
    }
    if (strength === 0) return augmented;
    const draws = body.part(all, randDraws, jitterDraws);
    return jittered(body, { pixels: augmented, draws }, { strength, functions: jitter, size });
  };
  return {
    functions: [...rand, ...jitter, ...(erase ?? [])],
    onLevels: layers > 0 || strength > 0 ? levels : unchanged,
    onValues: erase
      ? (body, pixels) => {
          const draws = uniform(body, SEED.erasing, ERASING_DRAWS);
          const seed = neighbouringSeed(body, SEED.noise);
          return maybeErased(body, { pixels, draws, seed }, { probability: erasing, functions: erase, size });
        }
      : unchanged,
  };
}

function uniform(body: PixelBody, neighbour: number, count: number): string {
  return statelessDraw(body, 'StatelessRandomUniformV2', { seed: neighbouringSeed(body, neighbour), shape: [count] });
}
