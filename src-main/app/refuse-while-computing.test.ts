import { expect, test } from 'vitest';
import type { Library } from './library.ts';
import { refuseWhileComputing } from './refuse-while-computing.ts';

/** Of a library, what is asked here. */
function library(run: string | null, evaluation: string | null): Library {
  return {
    runs: {
      list: ({ state }: { state: string }) => ({
        runs: run !== null && state === 'running' ? [{ id: 'abc', name: run }] : [],
        total: 0,
      }),
    },
    evaluations: {
      list: () =>
        evaluation === null
          ? []
          : [{ id: 'e1', state: 'running', checkpoint: { name: evaluation } }, { state: 'failed' }],
    },
  } as unknown as Library;
}

const WHAT = "its engine can't be replaced";

test('where nothing computes nothing is refused', () => {
  expect(() => refuseWhileComputing(library(null, null), WHAT)).not.toThrow();
});

test('a training or an evaluation that goes on is named', () => {
  expect(() => refuseWhileComputing(library('pets', null), WHAT)).toThrow(
    'While the run "pets" computes, its engine can\'t be replaced.',
  );
  expect(() => refuseWhileComputing(library(null, 'B_16.npz'), WHAT)).toThrow(/the evaluation of B_16\.npz/);
});
