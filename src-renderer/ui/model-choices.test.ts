import { expect, test } from 'vitest';
import type { Checkpoint } from '../../src-shared/contract/checkpoints.ts';
import { choicesOf, fileName } from './model-choices.ts';

const sample = { title: 'Digits', about: '', path: '/sample.npz', added: null };
const checkpoint = (changes: object): Checkpoint =>
  ({
    ...{ path: '/lib/a.npz', file: 'sub/a.npz', state: 'present', isLit: false, problem: null },
    architecture: { numClasses: 10 },
    ...changes,
  }) as Checkpoint;

test('every model is offered once, with the reason where it can not classify', () => {
  const choices = choicesOf({
    checkpoints: [
      checkpoint({}),
      checkpoint({ path: '/b', file: null, architecture: { numClasses: null } }),
      checkpoint({ path: '/c', file: 'c', isLit: true, architecture: null }),
      checkpoint({ path: '/d', file: 'd', state: 'missing' }),
    ],
    runs: [
      { name: 'pets', model: '/runs/pets/model.npz' },
      { name: 'again', model: '/lib/a.npz' },
      { name: 'young', model: null },
    ],
    samples: { checkpoint: sample },
  });
  expect(choices.map(({ name, group, unusable }) => [name, group, unusable])).toEqual([
    ['a.npz', 'library', null],
    ['b', 'library', 'headless'],
    ['c', 'library', 'lit'],
    ['d', 'library', 'missing'],
    ['pets', 'runs', null],
    ['Digits', 'sample', null],
  ]);
  expect(choicesOf({ checkpoints: [], runs: [], samples: { checkpoint: { ...sample, added: 3 } } })).toEqual([]);
});

test('a name is the last part of a path', () => {
  expect(['/a/b.npz', 'C:\\models\\b.npz', 'b.npz', '/a/b/'].map(fileName)).toEqual(['b.npz', 'b.npz', 'b.npz', 'b']);
});
