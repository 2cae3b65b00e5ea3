import { expect, test } from 'vitest';
import { WordpieceTokenizer } from './wordpiece.ts';

// Ids themselves are held against tensorflow_text's in the goldens (lit/bert_tokens*, src-worker/parity).

const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', 'a', 'dog', '##s', ',', '猫', 'x', '##x', 'é'].join('\n');
const tokenizer = (text = VOCABULARY): WordpieceTokenizer => new WordpieceTokenizer(text, 'vocab.txt');

test('[CLS] first, zeros behind, and what is too long is told', () => {
  expect(tokenizer().caption('A dog', 5)).toEqual({ ids: Int32Array.of(2, 3, 4, 0, 0), tokens: 2, cut: 0 });
  expect(tokenizer().caption('dogs, dogs, a dog', 5)).toEqual({ ids: Int32Array.of(2, 4, 5, 6, 4), tokens: 8, cut: 4 });
  expect(tokenizer().caption('', 3)).toEqual({ ids: Int32Array.of(2, 0, 0), tokens: 0, cut: 0 });
  expect(tokenizer().caption('dog', 1)).toEqual({ ids: Int32Array.of(2), tokens: 1, cut: 1 });
});

test('ideographs stand alone; accents go before the vocabulary is looked at', () => {
  expect(tokenizer().encode('猫猫a')).toEqual([7, 7, 3]);
  expect(tokenizer().encode('é')).toEqual([1]);
});

test('a word of more than 100 bytes is unknown', () => {
  expect(tokenizer().encode('x'.repeat(100))).toHaveLength(100);
  expect(tokenizer().encode('x'.repeat(101))).toEqual([1]);
});

test('half a surrogate pair is an unknown character', () => {
  expect(tokenizer().encode('\ud83d')).toEqual([1]);
});

test('line ends of Windows', () => {
  expect(tokenizer(VOCABULARY.replaceAll('\n', '\r\n')).encode('dogs')).toEqual([4, 5]);
});

test('without [UNK] unknown words get the id after the last', () => {
  const without = tokenizer('[CLS]\na');
  expect(without.encode('dog')).toEqual([2]);
  expect(without.vocabSize).toBe(3);
});

test('what is no vocabulary is refused by name', () => {
  expect(() => tokenizer('a\nb')).toThrow('vocab.txt has no line "[CLS]"');
  expect(() => tokenizer('[CLS]\na\nb\na')).toThrow('vocab.txt has "a" in line 2 and line 4.');
});
