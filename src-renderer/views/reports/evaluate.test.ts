import { expect, test } from 'vitest';
import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import { problemsOf, usualSplit } from './evaluate.svelte.ts';

const split = (name: string) => ({ name, images: 1, unlabelled: 0 });
const digits = { name: 'digits', state: 'ready', splits: [split('train'), split('test')] } as unknown as Dataset;
const form = { checkpoint: '/a.npz', dataset: 'd', split: 'train[90%:]+test', batch: 64, seed: 0, skipBad: false };

test('what is missing or wrong is said by its field', () => {
  expect(problemsOf(form, digits)).toEqual({});
  const wrong = problemsOf({ ...form, checkpoint: '', split: 'val', batch: 0, seed: null }, digits);
  expect(Object.keys(wrong).sort()).toEqual(['batch', 'checkpoint', 'seed', 'split']);
  expect(wrong.split).toContain('There are: train, test');
  expect(problemsOf({ ...form, split: 'train[90%' }, digits).split).toContain('train[90%');
  expect(Object.keys(problemsOf({ ...form, split: ' ' }, undefined))).toEqual(['dataset', 'split']);
  expect(problemsOf(form, { ...digits, state: 'reading' }).dataset).toContain('digits');
});

test('a data set is scored on its test split, else on one for validation, else on its first', () => {
  const of = (...names: string[]) => usualSplit({ splits: names.map(split) });
  expect([of('train', 'test'), of('train', 'val'), of('all'), of()]).toEqual(['test', 'val', 'all', 'test']);
});
