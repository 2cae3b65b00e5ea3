import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { areLabelsOf, LABEL_SETS, labelSetOf, labelsOfSet, synonymsOf, synsetIn, type SetLabels } from './imagenet.ts';
import { classMatcher } from './match-classes.ts';

const table = gunzipSync(readFileSync(join(import.meta.dirname, '../../resources/labels/imagenet.tsv.gz'))).toString();
const sets = new Map(LABEL_SETS.map((set) => [set.id, labelsOfSet(table, set)]));
const set = (id: string): SetLabels => sets.get(id)!;

describe('the sets', () => {
  test('have their classes in the order of the synsets, each with a name of its own', () => {
    for (const {
      set: { classes },
      labels,
      synsets,
    } of sets.values()) {
      expect([labels.length, new Set(labels).size]).toEqual([classes, classes]);
      expect(synsets).toEqual([...new Set(synsets)].sort());
    }
  });

  test.each([
    // Facts of the lists: ILSVRC's classes as every list of 1,000 has them; of the others, the first and the last.
    ['imagenet-1k', 0, 'n01440764', 'tench, Tinca tinca'],
    ['imagenet-1k', 1, 'n01443537', 'goldfish, Carassius auratus'],
    ['imagenet-1k', 281, 'n02123045', 'tabby, tabby cat'],
    ['imagenet-1k', 134, 'n02012849', 'crane (n02012849)'],
    ['imagenet-1k', 517, 'n03126707', 'crane (n03126707)'],
    ['imagenet-1k', 999, 'n15075141', 'toilet tissue, toilet paper, bathroom tissue'],
    ['imagenet-21k', 0, 'n00004475', 'organism, being'],
    ['imagenet-21k', 21_842, 'n15102894', 'knothole'],
    ['imagenet-22k', 21_840, 'n15102894', 'knothole'],
    ['imagenet-12k', 0, 'n00005787', 'benthos'],
  ])('%s, class %i', (id, index, synset, label) => {
    expect([set(id).synsets[index], set(id).labels[index]]).toEqual([synset, label]);
  });

  test('22k is 21k without two classes', () => {
    const smaller = new Set(set('imagenet-22k').synsets);
    expect(set('imagenet-21k').synsets.filter((synset) => !smaller.has(synset))).toEqual(['n03931044', 'n09859684']);
  });

  test('only exact counts stand for a set', () => {
    expect([1000, 21_843, 21_841, 11_821, 11_221].map((n) => labelSetOf(n)?.id)).toEqual([...sets.keys()]);
    for (const n of [null, 0, 10, 999, 1001, 18_291, 21_842]) expect(labelSetOf(n)).toBeNull();
  });

  test('a table that is not the one is refused', () => {
    expect(() => labelsOfSet(table.split('\n').slice(9).join('\n'), set('imagenet-21k').set)).toThrow(/21834 classes/);
  });
});

test('labels of a checkpoint that are the set’s, however they are spelt', () => {
  const known = set('imagenet-1k');
  const first = known.labels.map((label) => synonymsOf(label)[0]!.replaceAll(' ', '_'));
  expect(areLabelsOf(known.labels, known)).toBe(true);
  expect(areLabelsOf(first, known)).toBe(true);
  expect(areLabelsOf(known.synsets, known)).toBe(true);
  expect(areLabelsOf([...known.labels].reverse(), known)).toBe(false);
  expect(
    areLabelsOf(
      Array.from({ length: 1000 }, (_, i) => `thing ${i}`),
      known,
    ),
  ).toBe(false);
  expect(areLabelsOf(known.labels.slice(1), known)).toBe(false);
});

test('synsets in names', () => {
  expect(['n01440764', 'n01440764 tench', 'n01440764_tench', ' n01440764'].map(synsetIn)).toEqual(
    new Array(4).fill('n01440764'),
  );
  expect(['n0144076', 'n014407645', 'n01440764x', 'tench n01440764', ''].map(synsetIn)).toEqual(
    new Array(5).fill(null),
  );
});

describe('finding a folder’s classes', () => {
  const match = classMatcher(set('imagenet-1k'));
  const labels = set('imagenet-1k').labels;

  test.each([
    ['tench, Tinca tinca', 0, 'name'],
    ['n01440764', 0, 'synset'],
    ['n03126707 crane', 517, 'synset'],
    ['tench', 0, 'synonym'],
    ['Tinca_tinca', 0, 'synonym'],
    ['GOLDFISH', 1, 'synonym'],
    ['missile', labels.indexOf('missile'), 'name'], // "projectile, missile" has it too
    ['tabby cat', 281, 'synonym'],
    ['Tabby, Tabby_Cat', 281, 'synonym'],
  ])('%s', (name, index, by) => {
    expect(match(name)).toEqual({ found: [index], by });
  });

  test('a name of several classes is all of them, one of none is none', () => {
    expect(match('crane')).toEqual({ found: [134, 517], by: 'synonym' });
    expect(match('unicorn').found).toEqual([]);
    expect(match('n09999999').found).toEqual([]);
    expect(match('').found).toEqual([]);
  });

  test('any model’s own names: first as they are', () => {
    const own = classMatcher({ labels: ['Cat', 'cat', 'dog', 'n01440764'], synsets: null });
    expect(own('cat')).toEqual({ found: [1], by: 'name' });
    expect(own('CAT')).toEqual({ found: [0, 1], by: 'synonym' });
    expect(own('Dog')).toEqual({ found: [2], by: 'synonym' });
    expect(own('n01440764 tench')).toEqual({ found: [3], by: 'synset' });
  });
});
