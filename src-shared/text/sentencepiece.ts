import { AppError } from '../errors.ts';
import { PIECE, readSentencepieceModel, type Piece, type SentencepieceModel } from './sentencepiece-model.ts';
import { SentencepieceNormalizer } from './sentencepiece-normalizer.ts';
import type { Caption, Tokenizer } from './tokenizer.ts';

const EOS = '</s>';
/** An unknown character scores this much below the least likely piece. */
const UNKNOWN_PENALTY = 10;
/** FLT_MIN, which SentencePiece starts its largest score from: log-probabilities never reach it. */
const SMALLEST_FLOAT = 1.17549435e-38;
/** In the table of pieces: the beginning of a piece that is none itself. */
const PREFIX = -1;

/**
 * The SentencePiece tokenizer of LiT's text transformers, after vit_jax/preprocess.py: a unigram model
 * (arXiv:1804.10959, arXiv:1808.06226) whose last id is always that of "</s>".
 */
export class SentencepieceTokenizer implements Tokenizer {
  readonly kind = 'sentencepiece';
  readonly vocabSize: number;
  readonly #model: SentencepieceModel;
  readonly #normalizer: SentencepieceNormalizer;
  /** Ids of pieces that text can have, and of all their beginnings (PREFIX). */
  readonly #table: ReadonlyMap<string, number>;
  readonly #unknown: number;
  readonly #eos: number;
  /** Ids of the 256 bytes; empty without byte fallback. */
  readonly #bytes: readonly number[];
  readonly #scores: { min: number; max: number };

  /**
   * @param bytes the content of a `.model` file
   * @param file named in errors
   * @throws AppError bad_file: no SentencePiece model, damaged, not unigram, or without "</s>"
   */
  constructor(bytes: Uint8Array, file: string) {
    const model = readSentencepieceModel(bytes, file);
    const { pieces } = model;
    const id = (what: string, found: number): number => {
      if (found !== -1) return found;
      throw new AppError('bad_file', `${file} has no piece for ${what}, which LiT's text transformers need.`);
    };
    this.#model = model;
    this.vocabSize = pieces.length;
    this.#unknown = id(
      'unknown text',
      pieces.findIndex(({ type }) => type === PIECE.unknown),
    );
    this.#eos = id(
      `the end of a text (${EOS})`,
      pieces.findIndex(({ type, text }) => type === PIECE.control && text === EOS),
    );
    this.#bytes = model.byteFallback ? byteIds(pieces, id) : [];
    this.#table = tableOf(pieces);
    this.#normalizer = new SentencepieceNormalizer(model, file);
    const normal = pieces.filter(({ type }) => type === PIECE.normal);
    this.#scores = {
      min: normal.reduce((least, { score }) => Math.min(least, score), 3.4028234663852886e38),
      max: normal.reduce((most, { score }) => Math.max(most, score), SMALLEST_FLOAT),
    };
  }

  encode(text: string): number[] {
    const ids: number[] = [];
    let afterUnknown = false;
    for (const { id, piece } of this.#best(this.#normalizer.normalize(text.toWellFormed()))) {
      const unknown = id === this.#unknown;
      if (unknown && this.#bytes.length > 0)
        ids.push(...[...new TextEncoder().encode(piece)].map((b) => this.#bytes[b]!));
      else if (!unknown || !afterUnknown) ids.push(id); // a run of unknown characters is one piece
      afterUnknown = unknown;
    }
    return ids;
  }

  /** As many pieces as leave room for one "</s>", which fills the rest. */
  caption(text: string, maxLen: number): Caption {
    const pieces = this.encode(text);
    const ids = new Int32Array(maxLen).fill(this.#eos);
    ids.set(pieces.slice(0, maxLen - 1));
    return { ids, tokens: pieces.length, cut: Math.max(0, pieces.length - (maxLen - 1)) };
  }

  /**
   * The most probable way to cut a text into pieces (Viterbi). Sums are float32 where SentencePiece has float, so that
   * near ties fall as they do there; the first of equals stays. Source: sentencepiece/src/unigram_model.cc, EncodeOptimized.
   */
  #best(text: string): { id: number; piece: string }[] {
    const n = text.length;
    const score = new Float32Array(n + 1);
    const from = new Int32Array(n + 1).fill(-1);
    const ids = new Int32Array(n + 1);
    const unknownScore = Math.fround(this.#scores.min - UNKNOWN_PENALTY);
    const offer = (start: number, end: number, candidate: { id: number; score: number }): void => {
      if (from[end] !== -1 && !(candidate.score > score[end]!)) return;
      [score[end], from[end], ids[end]] = [candidate.score, start, candidate.id];
    };
    for (let start = 0; start < n;) {
      const next = start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
      let single = false;
      for (let end = start + 1; end <= n; end++) {
        const id = this.#table.get(text.slice(start, end));
        if (id === undefined) break;
        if (id === PREFIX) continue;
        offer(start, end, { id, score: this.#scoreOf(id) + score[start]! });
        single ||= end === next;
      }
      if (!single) offer(start, next, { id: this.#unknown, score: Math.fround(unknownScore + score[start]!) });
      start = next;
    }
    const path: { id: number; piece: string }[] = [];
    for (let end = n; end > 0; end = from[end]!) path.push({ id: ids[end]!, piece: text.slice(from[end], end) });
    return path.reverse();
  }

  #scoreOf(id: number): number {
    const { score, type, text } = this.#model.pieces[id]!;
    // Symbols of the user's own win over whatever else their text could be.
    return type === PIECE.userDefined
      ? Math.fround(new TextEncoder().encode(text).length * this.#scores.max) - 0.1
      : score;
  }
}

function byteIds(pieces: readonly Piece[], id: (what: string, found: number) => number): number[] {
  const byName = new Map(pieces.map(({ text, type }, i) => [type === PIECE.byte ? text : '', i]));
  return Array.from({ length: 256 }, (_, byte) => {
    const name = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
    return id(`the byte ${name}`, byName.get(name) ?? -1);
  });
}

function tableOf(pieces: readonly Piece[]): Map<string, number> {
  const table = new Map<string, number>();
  for (const [id, { text, type }] of pieces.entries()) {
    if (type !== PIECE.normal && type !== PIECE.userDefined) continue;
    for (let end = 1; end < text.length; end++) {
      const prefix = text.slice(0, end);
      if (!table.has(prefix)) table.set(prefix, PREFIX);
    }
    table.set(text, id);
  }
  return table;
}
