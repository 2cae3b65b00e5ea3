import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { SentencepieceTokenizer } from './sentencepiece.ts';

// A model with byte fallback, user-defined symbols and no rules; testdata/make.py. Models with rules are in the goldens.
const MODEL = readFileSync(new URL('testdata/unigram.model', import.meta.url));
const CAPTIONS = JSON.parse(readFileSync(new URL('testdata/unigram.json', import.meta.url), 'utf8')) as {
  text: string;
  ids: number[];
}[];
const GOLDEN = new URL('../../bench/goldens/lit/sentencepiece_t5ids/', import.meta.url);

test.each(CAPTIONS)('$text has the ids of tensorflow_text', ({ text, ids }) => {
  expect(new SentencepieceTokenizer(MODEL, 'm').encode(text)).toEqual(ids);
});

test('"</s>" is last, however long the text is, and what is cut is told', () => {
  const tokenizer = new SentencepieceTokenizer(readFileSync(new URL('spm.model', GOLDEN)), 'm');
  expect(tokenizer.caption('a dog running on the beach', 8).ids).toEqual(
    Int32Array.of(3, 496, 121, 92, 25, 59, 115, 1),
  );
  expect(tokenizer.caption('a dog running on the beach', 8).cut).toBe(0);
  expect(tokenizer.caption('a dog running on the beach', 4)).toEqual({
    ids: Int32Array.of(3, 496, 121, 1),
    tokens: 7,
    cut: 4,
  });
});

describe('a file that is no model', () => {
  const field = (number: number, bytes: number[]): number[] => [number * 8 + 2, bytes.length, ...bytes];
  const piece = (text: string, type: number): number[] =>
    field(1, [...field(1, [...new TextEncoder().encode(text)]), 24, type]);
  const model = (...parts: number[][]): Uint8Array => Uint8Array.from(parts.flat());
  const [unknown, end] = [piece('<unk>', 2), piece('</s>', 3)];

  test.each([
    ['is empty', model(), /holds no pieces/],
    ['is a BPE model', model(unknown, end, field(2, [24, 2])), /it is a BPE model, and only unigram models are read/],
    ['has no unknown piece', model(end), /no piece for unknown text/],
    ['has no end of text', model(unknown, piece('</s>', 1)), /no piece for the end of a text/],
    ['lacks bytes', model(unknown, end, field(2, [0x98, 0x02, 1])), /no piece for the byte <0x00>/],
    ['has an empty piece', model(unknown, end, piece('', 1)), /piece 2 is empty/],
    ['ends too early', model(unknown, end).subarray(0, 9), /is longer than what is left/],
    ['is text', new TextEncoder().encode('[PAD]\n[CLS]\n'), /can't be read as a SentencePiece model/],
    ['has damaged rules', model(unknown, end, field(3, field(2, [9, 0, 0, 0, 1]))), /damaged rules/],
  ])('%s', (_, bytes, message) => {
    expect(() => new SentencepieceTokenizer(bytes, 'spm.model')).toThrow(AppError);
    expect(() => new SentencepieceTokenizer(bytes, 'spm.model')).toThrow(message);
  });

  test('is refused or read, whatever bytes of it are changed', { timeout: 120_000 }, () => {
    const whole = readFileSync(new URL('spm.model', GOLDEN));
    let state = 1;
    const draw = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const outcomes = { read: 0, refused: 0 };
    for (let i = 0; i < 300; i++) {
      const source = i % 3 === 0 ? whole : MODEL;
      const bytes = Uint8Array.from(source.subarray(0, draw(4) === 0 ? draw(source.length) : source.length));
      for (let k = draw(8) + 1; k > 0 && bytes.length > 0; k--) bytes[draw(bytes.length)] = draw(256);
      try {
        const tokenizer = new SentencepieceTokenizer(bytes, 'm');
        for (const { text } of CAPTIONS) {
          for (const id of tokenizer.caption(`ﬁne № ½ ${text}`, 16).ids) expect(id).toBeLessThan(tokenizer.vocabSize);
        }
        outcomes.read++;
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        outcomes.refused++;
      }
    }
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});
