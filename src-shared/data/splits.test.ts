import { describe, expect, it } from 'vitest';
import type { ImageItem } from './dataset.ts';
import { findSplit, selectItems } from './splits.ts';

const items = (prefix: string, n: number, classes = 4): ImageItem[] =>
  Array.from({ length: n }, (_, i) => ({
    path: `/d/${prefix}${i}`,
    name: `${prefix}${i}`,
    label: Math.floor((i * classes) / n),
  }));
const dataset = { splits: { train: items('train/', 1000), valid: items('valid/', 50) } };
const names = (expression: string) => selectItems(dataset, expression).items.map((item) => item.name);

describe('findSplit', () => {
  it('finds a name, its case, its other spellings and, with a note, its stand-in', () => {
    expect(findSplit(['Train', 'valid'], 'Train')).toEqual({ name: 'Train', note: null });
    expect(findSplit(['Train', 'valid'], 'train')).toEqual({ name: 'Train', note: null });
    expect(findSplit(['train', 'valid'], 'validation').name).toBe('valid');
    const test = findSplit(['train', 'valid'], 'test');
    expect(test.name).toBe('valid');
    expect(test.note).toBe('There is no split "test": "valid" is used.');
    expect(findSplit(['train', 'holdout', 'val'], 'test').name).toBe('holdout');
    expect(findSplit(['train'], 'all').name).toBe('all');
  });

  it('never takes training for test', () => {
    expect(() => findSplit(['train'], 'test')).toThrow('has no split "test": it has "train"');
  });
});

describe('slices', () => {
  it('of a percentage and its rest are the whole without overlap, and mix the classes', () => {
    const head = names('train[:98%]');
    const tail = names('train[98%:]');
    expect([head.length, tail.length]).toEqual([980, 20]);
    expect(new Set([...head, ...tail]).size).toBe(1000);
    const labels = new Set(selectItems(dataset, 'train[98%:]').items.map((item) => item.label));
    expect(labels.size).toBe(4);
    expect(names('train[98%:]')).toEqual(tail);
  });

  it('count absolutely and from the end', () => {
    expect(names('train[:7]').length).toBe(7);
    expect(names('train[-7:]')).toEqual(names('train[993:]'));
    expect(names('train[10%:20%]+valid').length).toBe(150);
    expect(names('train+train[:10]').length).toBe(1000);
    expect(names('all').length).toBe(1050);
    // 50 * 5 % = 2.5, halves to even as tfds rounds.
    expect(names('valid[:5%]').length).toBe(2);
  });

  it('past the end or without images are refused', () => {
    expect(() => names('train[98%]')).toThrow('is not a split');
    expect(() => names('train[:2000]')).toThrow('asks for more images');
    expect(() => names('train[:0]')).toThrow('has no images');
  });
});
