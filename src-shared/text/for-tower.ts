import { AppError } from '../errors.ts';
import type { TextArchitecture } from '../models/lit.ts';
import { SentencepieceTokenizer } from './sentencepiece.ts';
import type { Tokenizer } from './tokenizer.ts';
import { WordpieceTokenizer } from './wordpiece.ts';

/** Tokens of a text in every published LiT model, those that are always added included. */
export const LIT_MAX_LEN = 16;

export interface TowerTokenizer {
  tokenizer: Tokenizer;
  /** Ids of a text. */
  maxLen: number;
  /** What is odd about the two, a sentence each. */
  notes: string[];
}

/** What each kind of text tower was trained with, and its ending beside the checkpoint. */
export const TOKENIZER_FILES = {
  bert: { ending: '.txt', title: 'a WordPiece vocabulary' },
  text_transformer: { ending: '.model', title: 'a SentencePiece model' },
} as const satisfies Record<TextArchitecture['kind'], { ending: string; title: string }>;

/**
 * The tokenizer that a text tower takes, from the content of its file.
 * @param file named in errors
 * @throws AppError bad_file: of the other kind, damaged, or with ids that the tower has no embedding for
 */
export function tokenizerForTower(text: TextArchitecture, bytes: Uint8Array, file: string): TowerTokenizer {
  const tokenizer =
    text.kind === 'bert' ? new WordpieceTokenizer(asText(bytes, file), file) : new SentencepieceTokenizer(bytes, file);
  if (tokenizer.vocabSize > text.vocabSize) {
    throw new AppError(
      'bad_file',
      `${file} has ${tokenizer.vocabSize} ids, but the text tower has embeddings for ${text.vocabSize}.`,
      {
        hint: 'Use the tokenizer that the model was trained with; it is published beside the checkpoint.',
        details: { file, ids: tokenizer.vocabSize, embeddings: text.vocabSize },
      },
    );
  }
  const notes: string[] = [];
  if (tokenizer.vocabSize < text.vocabSize) {
    notes.push(
      `The tokenizer has ${tokenizer.vocabSize} ids where the text tower has ${text.vocabSize} embeddings: it may be another model's.`,
    );
  }
  const maxLen = text.kind === 'bert' ? Math.min(LIT_MAX_LEN, text.maxPositions) : text.maxLen;
  return { tokenizer, maxLen, notes };
}

function asText(bytes: Uint8Array, file: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // said below
  }
  throw new AppError('bad_file', `${file} is not text, but the BERT tower takes ${TOKENIZER_FILES.bert.title}.`, {
    hint: 'That is a text file with one piece a line, published beside the checkpoint as ".txt".',
  });
}
