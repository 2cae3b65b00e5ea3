import { expect, test } from 'vitest';
import { afterEvaluation, bestAtStart, isAtEnd, isStoppedEarly, type BestSoFar } from './best-so-far.ts';

const config = (early_stop: number, best_by: 'none' | 'accuracy' | 'loss') => ({
  total_steps: 100,
  vitrine: { early_stop, best_by },
});

function after(by: 'accuracy' | 'loss', values: [accuracy: number, loss: number][]): BestSoFar {
  let so = bestAtStart(config(0, by), null)!;
  values.forEach(([accuracy, loss], i) => (so = afterEvaluation(so, { step: 10 * (i + 1), accuracy, loss })));
  return so;
}

test('a run that asks for neither looks for no best; one that only stops early takes accuracy and keeps no model', () => {
  expect(bestAtStart(config(0, 'none'), null)).toBeNull();
  expect(bestAtStart(config(3, 'none'), null)).toEqual({ by: 'accuracy', kept: false, best: null, since: 0 });
  expect(bestAtStart(config(3, 'loss'), null)).toEqual({ by: 'loss', kept: true, best: null, since: 0 });
});

test('goes on with what was saved by the same measure, anew by another', () => {
  const saved = after('loss', [[0.5, 1]]);
  expect(bestAtStart(config(2, 'loss'), saved)).toBe(saved);
  expect(bestAtStart(config(2, 'accuracy'), saved)!.best).toBeNull();
  expect(bestAtStart(config(2, 'none'), after('accuracy', [[0.5, 1]]))!.best).toBeNull(); // its model isn't kept any more
});

test('the first of equal ones is the best; not a number is never better', () => {
  const so = after('accuracy', [
    [0.5, 1],
    [0.8, 2],
    [0.8, 0.1],
    [NaN, NaN],
  ]);
  expect(so).toEqual({ by: 'accuracy', kept: true, best: { step: 20, accuracy: 0.8, loss: 2 }, since: 2 });
  expect(after('loss', [[1, NaN]])).toMatchObject({ best: null, since: 1 });
  expect(
    after('loss', [
      [0.5, 1],
      [0.1, 0.9],
    ]).best!.step,
  ).toBe(20);
});

test('stops after so many in a row, and is at its end there or at its last step', () => {
  const so = after('accuracy', [
    [0.9, 1],
    [0.8, 1],
    [0.9, 1],
  ]);
  expect(isStoppedEarly(config(2, 'accuracy'), so)).toBe(true);
  expect(isStoppedEarly(config(3, 'accuracy'), so)).toBe(false);
  expect(isStoppedEarly(config(0, 'accuracy'), so)).toBe(false);
  expect(isAtEnd(config(2, 'accuracy'), { step: 30, best: so })).toBe(true);
  const extended = [{ after: 30 }];
  expect(isAtEnd(config(2, 'accuracy'), { step: 30, best: so }, { extended })).toBe(false);
  expect(isAtEnd(config(2, 'accuracy'), { step: 50, best: so }, { extended })).toBe(true);
  expect(bestAtStart(config(2, 'accuracy'), so, true)).toEqual({ ...so, since: 0 });
  expect(isAtEnd(config(0, 'none'), { step: 30 })).toBe(false);
  expect(isAtEnd(config(0, 'none'), { step: 100 })).toBe(true);
});
