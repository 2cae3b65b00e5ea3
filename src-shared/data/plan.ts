import { keyOf, philox4x32, randomStream, STREAM } from '../random.ts';

/**
 * The order in which a run sees its images, as a pure function of its seed: `position` counts the images a run has
 * seen since it began, over all epochs, so a run resumes at any image by planning from there.
 *
 * vit_jax repeats the data and draws from a shuffle buffer that spans the repeats: an image may come twice before
 * another comes once, nearby files stay near each other when the buffer is smaller than the set, and the position is
 * lost at a restart. Here each epoch is a permutation of the whole set: every image exactly once, then anew.
 */
export interface PlanOptions {
  /** From 0 to 2^53 - 1. */
  seed: number;
  /** N, images of the training split; at least 1. */
  numItems: number;
}

export interface PlannedImage {
  /** Index into the split's items. */
  item: number;
  /** Two int32 for stateless random ops: crop, flip and mixing of this image in this epoch. */
  seed: [number, number];
  epoch: number;
}

export interface PlannedRange {
  /** Indices into the split's items, [count]. */
  items: Int32Array;
  /** [count, 2], row-major. */
  seeds: Int32Array;
  /** [count] */
  epochs: Int32Array;
}

export interface Plan {
  at(position: number): PlannedImage;
  /** `count` images from `from` on, across epochs. */
  range(from: number, count: number): PlannedRange;
}

/** A plan that keeps the epoch it is in: O(N) once an epoch, O(1) an image. */
export function createPlan({ seed, numItems }: PlanOptions): Plan {
  const key = keyOf(seed);
  if (!Number.isInteger(numItems) || numItems < 1 || numItems > 0x7fffffff) {
    throw new RangeError(`A plan needs 1 to 2^31 - 1 images, not ${numItems}.`);
  }
  let epochHeld = -1;
  let order: Uint32Array = new Uint32Array(0);
  const orderOf = (epoch: number): Uint32Array => {
    if (epoch !== epochHeld) {
      order = epochOrder({ seed, numItems }, epoch);
      epochHeld = epoch;
    }
    return order;
  };
  const at = (position: number): PlannedImage => {
    if (!Number.isSafeInteger(position) || position < 0) throw new RangeError(`There is no position ${position}.`);
    const epoch = Math.floor(position / numItems);
    // Low and high word of the position: its own block of the image stream.
    const block = philox4x32([position >>> 0, Math.floor(position / 0x100000000), STREAM.image, 0], key);
    return { item: orderOf(epoch)[position % numItems]!, seed: [block[0] | 0, block[1] | 0], epoch };
  };
  return {
    at,
    range(from, count) {
      const range = { items: new Int32Array(count), seeds: new Int32Array(2 * count), epochs: new Int32Array(count) };
      for (let i = 0; i < count; i++) {
        const image = at(from + i);
        range.items[i] = image.item;
        range.seeds[2 * i] = image.seed[0];
        range.seeds[2 * i + 1] = image.seed[1];
        range.epochs[i] = image.epoch;
      }
      return range;
    },
  };
}

/** One image of a plan. For more than one, keep `createPlan`'s result. */
export function planAt(options: PlanOptions, position: number): PlannedImage {
  return createPlan(options).at(position);
}

/** A permutation of 0 … N - 1 (Fisher–Yates from the end). */
export function epochOrder({ seed, numItems }: PlanOptions, epoch: number): Uint32Array {
  const order = new Uint32Array(numItems);
  for (let i = 0; i < numItems; i++) order[i] = i;
  const random = randomStream(seed, STREAM.order, epoch);
  for (let i = numItems - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

export interface EvalBatch {
  /** Indices into the split's items, [B]; padding repeats the last image. */
  items: Int32Array;
  /** 1 for an image to score, 0 for padding, [B]. */
  mask: Float32Array;
  /** Images to score. */
  count: number;
}

/** Every image exactly once, in order; the last batch is padded to size B and masked. (vit_jax drops it.) */
export function* evalPlan(numItems: number, batch: number): Generator<EvalBatch> {
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`A batch has at least one image, not ${batch}.`);
  for (let from = 0; from < numItems; from += batch) {
    const count = Math.min(batch, numItems - from);
    yield {
      items: Int32Array.from({ length: batch }, (_, i) => from + Math.min(i, count - 1)),
      mask: Float32Array.from({ length: batch }, (_, i) => (i < count ? 1 : 0)),
      count,
    };
  }
}
