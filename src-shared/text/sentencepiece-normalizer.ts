import { AppError } from '../errors.ts';
import { DoubleArrayTrie } from './double-array-trie.ts';
import { PIECE, type SentencepieceModel } from './sentencepiece-model.ts';

/** SentencePiece's mark for white space, U+2581. */
const SPACE_MARK = '▁';
/** Bytes; Unicode's longest compatibility form has 33. A damaged file must not make books of letters. */
const MAX_REPLACEMENT = 256;

/**
 * Rewrites text as the model was trained on it: its own rules (NFKC and white space, mostly), then white space marked.
 * Source: sentencepiece/src/normalizer.cc.
 */
export class SentencepieceNormalizer {
  readonly #model: SentencepieceModel;
  readonly #file: string;
  readonly #rules: { trie: DoubleArrayTrie; replacements: Uint8Array } | null;
  /** Symbols that no rule touches, longest first. */
  readonly #fixed: readonly Uint8Array[];

  /** @throws AppError bad_file for rules that can't be read */
  constructor(model: SentencepieceModel, file: string) {
    this.#model = model;
    this.#file = file;
    this.#rules = readRules(model.normalizer.charsmap, file);
    this.#fixed = model.pieces
      .filter(({ type }) => type === PIECE.userDefined)
      .map(({ text }) => new TextEncoder().encode(text))
      .sort((a, b) => b.length - a.length);
  }

  normalize(text: string): string {
    const { addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces } = this.#model.normalizer;
    const { whitespaceAsSuffix } = this.#model;
    const space = escapeWhitespaces ? SPACE_MARK : ' ';
    const parts = [...this.#rewrite(new TextEncoder().encode(text))];
    const start = removeExtraWhitespaces ? parts.findIndex((part) => part !== ' ') : 0;
    if (start === -1 || parts.length === 0) return ''; // nothing but white space
    let normalized = addDummyPrefix && !whitespaceAsSuffix ? space : '';
    let afterSpace = removeExtraWhitespaces;
    for (const whole of parts.slice(start)) {
      const part = afterSpace ? whole.replace(/^ +/, '') : whole;
      if (part === '') continue;
      normalized += part.replaceAll(' ', space);
      afterSpace = removeExtraWhitespaces && part.endsWith(' ');
    }
    if (removeExtraWhitespaces) {
      while (normalized.endsWith(space)) normalized = normalized.slice(0, -1);
    }
    return addDummyPrefix && whitespaceAsSuffix ? normalized + space : normalized;
  }

  /** Each stretch of the text that a rule takes as one, rewritten; characters without a rule as they are. */
  *#rewrite(text: Uint8Array): Generator<string> {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    for (let at = 0; at < text.length;) {
      const fixed = this.#fixed.find((symbol) => symbol.every((byte, i) => text[at + i] === byte));
      const match = fixed ? null : this.#rules?.trie.longestMatch(text, at);
      if (match) {
        yield decoder.decode(replacementAt(this.#rules!.replacements, match.value, this.#file));
        at += match.length;
      } else {
        const length = fixed?.length ?? characterLength(text[at]!);
        yield decoder.decode(text.subarray(at, at + length));
        at += length;
      }
    }
  }
}

/** A length (uint32), the trie of that many bytes, then the replacements, each ended by a zero byte. */
function readRules(charsmap: Uint8Array, file: string): { trie: DoubleArrayTrie; replacements: Uint8Array } | null {
  if (charsmap.length === 0) return null;
  const length = charsmap.length < 4 ? NaN : new DataView(charsmap.buffer, charsmap.byteOffset, 4).getUint32(0, true);
  if (!(length <= charsmap.length - 4) || length % 4 !== 0) throw damagedRules(file);
  return { trie: new DoubleArrayTrie(charsmap.subarray(4, 4 + length)), replacements: charsmap.subarray(4 + length) };
}

function replacementAt(replacements: Uint8Array, from: number, file: string): Uint8Array {
  const length = replacements.subarray(from, from + MAX_REPLACEMENT + 1).indexOf(0);
  if (length === -1) throw damagedRules(file);
  return replacements.subarray(from, from + length);
}

function damagedRules(file: string): AppError {
  return new AppError('bad_file', `${file} holds damaged rules for rewriting text (its "precompiled_charsmap").`);
}

/** Bytes of a UTF-8 character by its first one. */
function characterLength(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
