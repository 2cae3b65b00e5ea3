import { expect, test } from 'vitest';
import type { CatalogCheckpoint } from '../../../src-shared/contract/catalog-rows.ts';
import { moveInGrid, siblingGrid } from './siblings.ts';

type Short = [set: string, resolution: number, steps: number, lr: number, value?: number];
const row = ([adaptDs, resolution, adaptSteps, adaptLr, value = null as unknown as number]: Short) =>
  ({
    name: [adaptDs, resolution, adaptSteps, adaptLr].join(),
    adaptDs,
    resolution,
    adaptSteps,
    adaptLr,
    adaptFinalTest: value,
  }) as CatalogCheckpoint;

const grid = siblingGrid(
  (
    [
      ['pets', 384, 500, 0.01, 0.9],
      ['pets', 224, 500, 0.01, 0.8],
      ['pets', 224, 2500, 0.003, 0.85],
      ['cifar', 224, 2500, 0.003],
    ] satisfies Short[]
  ).map(row),
);

test('sets and sizes are rows, steps and rates columns; what was not fine-tuned is no cell', () => {
  expect(grid.rows.map(({ set, resolution }) => [set, resolution])).toEqual([
    ['cifar', 224],
    ['pets', 224],
    ['pets', 384],
  ]);
  expect(grid.columns).toEqual([
    { steps: 500, lr: 0.01 },
    { steps: 2500, lr: 0.003 },
  ]);
  expect(grid.rows.map(({ cells }) => cells.map((cell) => cell?.value))).toEqual([
    [undefined, null],
    [0.8, 0.85],
    [0.9, undefined],
  ]);
  expect([grid.known, grid.of]).toEqual([3, 4]);
});

test('a value’s strength is among those of its own set', () => {
  expect(grid.rows[1]!.cells.map((cell) => cell!.strength)).toEqual([0, expect.closeTo(0.5)]);
  expect(grid.rows[0]!.cells[1]!.strength).toBeNull();
});

test('arrows go to the next cell that there is', () => {
  expect(moveInGrid(grid, [1, 0], 'ArrowRight')).toEqual([1, 1]);
  expect(moveInGrid(grid, [1, 1], 'ArrowUp')).toEqual([0, 1]);
  expect(moveInGrid(grid, [2, 0], 'ArrowRight')).toEqual([2, 0]);
  expect(moveInGrid(grid, [0, 1], 'ArrowLeft')).toEqual([0, 1]);
  expect(moveInGrid(grid, [0, 1], 'x')).toEqual([0, 1]);
});
