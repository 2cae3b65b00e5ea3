import { AppError } from '../errors.ts';
import { nfkcCasefold } from './nfkc-casefold.ts';
import type { Caption, Tokenizer } from './tokenizer.ts';

/** A longer word is unknown; bytes of UTF-8. */
const MAX_WORD_BYTES = 100;
const PAD = 0;

/**
 * The WordPiece tokenizer of LiT's BERT towers: tensorflow_text's BertTokenizer in lower case, as vit_jax/preprocess.py
 * uses it. Other BERT tokenizers differ on ligatures, ß, control characters and special tokens written in a text, which
 * are ordinary text here.
 */
export class WordpieceTokenizer implements Tokenizer {
  readonly kind = 'wordpiece';
  readonly vocabSize: number;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #unknown: number;
  readonly #cls: number;
  /** Of the longest piece, UTF-16 units, "##" included. */
  readonly #longest: number;

  /**
   * @param vocabulary one piece a line
   * @param file named in errors
   * @throws AppError bad_file: no "[CLS]" in it, a piece twice
   */
  constructor(vocabulary: string, file: string) {
    const ids = readVocabulary(vocabulary, file);
    const cls = ids.get('[CLS]');
    if (cls === undefined) {
      throw new AppError('bad_file', `${file} has no line "[CLS]", so it is no vocabulary of a BERT model.`, {
        hint: 'LiT\'s vocabulary is published beside its checkpoint, with the ending ".txt".',
      });
    }
    this.#ids = ids;
    this.#cls = cls;
    // tensorflow_text counts one id more than there are lines, for what it doesn't find.
    this.#unknown = ids.get('[UNK]') ?? ids.size;
    this.vocabSize = Math.max(ids.size, this.#unknown + 1);
    this.#longest = [...ids.keys()].reduce((most, piece) => Math.max(most, piece.length), 0);
  }

  encode(text: string): number[] {
    return words(text).flatMap((word) => this.#pieces(word));
  }

  /** [CLS] and as many pieces as there is room for, then zeros; never [SEP]. */
  caption(text: string, maxLen: number): Caption {
    const pieces = this.encode(text);
    const ids = new Int32Array(maxLen).fill(PAD);
    ids.set([this.#cls, ...pieces.slice(0, maxLen - 1)]);
    return { ids, tokens: pieces.length, cut: Math.max(0, pieces.length - (maxLen - 1)) };
  }

  /** The longest piece of the vocabulary that the word begins with, then that of the rest, and so on. */
  #pieces(word: string): number[] {
    if (new TextEncoder().encode(word).length > MAX_WORD_BYTES) return [this.#unknown];
    const pieces: number[] = [];
    for (let start = 0; start < word.length;) {
      let end = Math.min(word.length, start + this.#longest);
      let id: number | undefined;
      for (; end > start; end--) {
        id = this.#ids.get((start > 0 ? '##' : '') + word.slice(start, end));
        if (id !== undefined) break;
      }
      if (id === undefined) return [this.#unknown];
      pieces.push(id);
      start = end;
    }
    return pieces;
  }
}

function readVocabulary(vocabulary: string, file: string): Map<string, number> {
  const lines = vocabulary.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const ids = new Map<string, number>();
  for (const [id, piece] of lines.entries()) {
    const before = ids.get(piece);
    if (before !== undefined) {
      throw new AppError('bad_file', `${file} has ${JSON.stringify(piece)} in line ${before + 1} and line ${id + 1}.`, {
        hint: 'A vocabulary has each piece once, one a line.',
      });
    }
    ids.set(piece, id);
  }
  return ids;
}

/** What stands alone: punctuation, ASCII's symbols among it, and CJK ideographs. */
const ALONE =
  '!-\\/:-@\\[-`{-~\\p{P}\\u4e00-\\u9fff\\u3400-\\u4dbf\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b73f}' +
  '\\u{2b740}-\\u{2b81f}\\u{2b820}-\\u{2ceaf}\\uf900-\\ufaff\\u{2f800}-\\u{2fa1f}';
/** White space is RE2's \s, which is ASCII's alone. */
const WORDS = new RegExp(`[${ALONE}]|[^\\t\\n\\f\\r ${ALONE}]+`, 'gu');

/** The words of a text in lower case, without accents. */
function words(text: string): string[] {
  const plain = nfkcCasefold(text.toWellFormed())
    .normalize('NFD')
    .replace(/\p{Mn}+/gu, '')
    .replace(/[\p{Cc}\p{Cf}]/gu, ' ');
  return plain.match(WORDS) ?? [];
}
