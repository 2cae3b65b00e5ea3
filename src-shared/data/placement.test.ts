import { describe, expect, it } from 'vitest';
import { plainResize } from '../checkpoints/preprocessing.ts';
import type { Preprocessing } from '../checkpoints/sidecar.ts';
import { placementOf } from './placement.ts';

const way = (more: Partial<Preprocessing>): Preprocessing => ({ ...plainResize([224, 224]), ...more });
const short = (length: number, more: Partial<Preprocessing> = {}) =>
  way({ resized: { fit: 'short side', length }, ...more });

describe('placementOf', () => {
  // Sizes and corners as torchvision 0.28's Resize and CenterCrop give them.
  it.each([
    [short(256), [375, 500], [256, 341], [16, 58]], // (341 - 224) / 2 = 58.5, to even
    [short(256), [500, 375], [341, 256], [58, 16]],
    [short(248), [333, 500], [248, 372], [12, 74]],
    [short(255), [100, 100], [255, 255], [16, 16]], // 15.5, to even
    [short(256, { corner: 'down' }), [375, 500], [256, 341], [16, 58]],
    [short(255, { corner: 'down' }), [100, 100], [255, 255], [15, 15]],
    [short(223), [10, 10], [223, 223], [0, 0]], // one pixel of black, at the end
    [short(223, { corner: 'down' }), [10, 10], [223, 223], [-1, -1]],
    [short(220), [10, 20], [220, 440], [-2, 108]],
    [way({ resized: { fit: 'stretch', size: [256, 230] } }), [9, 9], [256, 230], [16, 3]],
    [way({}), [375, 500], [224, 224], [0, 0]],
    [short(256), [1, 178_956_970], [256, 2 ** 30], [16, 2 ** 29 - 112]],
  ] as const)('%j of %j', (preprocessing, image, size, corner) => {
    expect(placementOf(preprocessing, image)).toEqual({ size, corner });
  });
});
