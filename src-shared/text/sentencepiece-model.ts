import { AppError } from '../errors.ts';
import { protobufFields, type ProtobufField } from './protobuf-reader.ts';

/** How a piece came into the vocabulary; the numbers are the file's. */
export const PIECE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface Piece {
  readonly text: string;
  /** Logarithm of its probability, float32. */
  readonly score: number;
  /** One of PIECE. */
  readonly type: number;
}

/** The part of a SentencePiece model that making ids needs. Source: sentencepiece_model.proto. */
export interface SentencepieceModel {
  /** By id. */
  readonly pieces: readonly Piece[];
  /** Unknown characters become the pieces of their bytes. */
  readonly byteFallback: boolean;
  /** The mark for white space follows a word and doesn't lead it. */
  readonly whitespaceAsSuffix: boolean;
  readonly normalizer: {
    /** Rules as a double-array trie and their replacements; empty for none. */
    readonly charsmap: Uint8Array;
    readonly addDummyPrefix: boolean;
    readonly removeExtraWhitespaces: boolean;
    readonly escapeWhitespaces: boolean;
  };
}

const MODEL_TYPES = ['', 'unigram', 'BPE', 'word', 'character'];
/** SentencePiece's own trainer allows half of it. */
const MAX_PIECE_LENGTH = 1024;

/**
 * Reads a SentencePiece model file.
 * @param file named in errors
 * @throws AppError bad_file: no such model, damaged, or of a type other than unigram
 */
export function readSentencepieceModel(bytes: Uint8Array, file: string): SentencepieceModel {
  try {
    return read(bytes);
  } catch (error) {
    throw new AppError('bad_file', `${file} can't be read as a SentencePiece model: ${(error as Error).message}.`, {
      hint: 'LiT\'s text transformers come with one, with the ending ".model".',
      cause: error,
    });
  }
}

function read(bytes: Uint8Array): SentencepieceModel {
  const pieces: Piece[] = [];
  const trainer = { type: 1, whitespaceAsSuffix: false, byteFallback: false };
  const normalizer = {
    charsmap: new Uint8Array(0),
    addDummyPrefix: true,
    removeExtraWhitespaces: true,
    escapeWhitespaces: true,
  };
  for (const field of protobufFields(bytes)) {
    if (field.number === 1) pieces.push(readPiece(bytesOf(field), pieces.length));
    if (field.number === 2) {
      for (const inner of protobufFields(bytesOf(field))) {
        if (inner.number === 3) trainer.type = numberOf(inner);
        if (inner.number === 24) trainer.whitespaceAsSuffix = numberOf(inner) !== 0;
        if (inner.number === 35) trainer.byteFallback = numberOf(inner) !== 0;
      }
    }
    if (field.number === 3) {
      for (const inner of protobufFields(bytesOf(field))) {
        if (inner.number === 2) normalizer.charsmap = bytesOf(inner).slice();
        if (inner.number === 3) normalizer.addDummyPrefix = numberOf(inner) !== 0;
        if (inner.number === 4) normalizer.removeExtraWhitespaces = numberOf(inner) !== 0;
        if (inner.number === 5) normalizer.escapeWhitespaces = numberOf(inner) !== 0;
      }
    }
  }
  if (pieces.length === 0) throw new Error('it holds no pieces');
  if (trainer.type !== 1) {
    throw new Error(`it is a ${MODEL_TYPES[trainer.type] ?? 'later kind of'} model, and only unigram models are read`);
  }
  return { pieces, byteFallback: trainer.byteFallback, whitespaceAsSuffix: trainer.whitespaceAsSuffix, normalizer };
}

function readPiece(bytes: Uint8Array, id: number): Piece {
  const piece = { text: '', score: 0, type: PIECE.normal as number };
  for (const field of protobufFields(bytes)) {
    if (field.number === 1) piece.text = textOf(bytesOf(field), id);
    if (field.number === 2) piece.score = floatOf(field);
    if (field.number === 3) piece.type = numberOf(field);
  }
  if (piece.text === '') throw new Error(`piece ${id} is empty`);
  if (Number.isNaN(piece.score)) throw new Error(`the score of piece ${id} is not a number`);
  return piece;
}

function textOf(bytes: Uint8Array, id: number): string {
  if (bytes.length > MAX_PIECE_LENGTH) throw new Error(`piece ${id} is ${bytes.length} bytes long`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error(`piece ${id} is not UTF-8`);
  }
}

function bytesOf(field: ProtobufField): Uint8Array {
  if (field.wire !== 'bytes') throw new Error(`field ${field.number} is a number where bytes are expected`);
  return field.bytes;
}

function numberOf(field: ProtobufField): number {
  if (field.wire !== 'varint') throw new Error(`field ${field.number} is not a whole number`);
  return field.value;
}

function floatOf(field: ProtobufField): number {
  if (field.wire !== 'fixed32') throw new Error(`field ${field.number} is not a float`);
  const { buffer, byteOffset } = field.bytes;
  return new DataView(buffer, byteOffset, 4).getFloat32(0, true);
}
