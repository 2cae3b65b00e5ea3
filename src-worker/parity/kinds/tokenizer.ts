import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { SentencepieceTokenizer } from '../../../src-shared/text/sentencepiece.ts';
import type { Tokenizer } from '../../../src-shared/text/tokenizer.ts';
import { WordpieceTokenizer } from '../../../src-shared/text/wordpiece.ts';
import { fileOf, readJson } from '../cases.ts';
import { checked } from '../checked.ts';
import { compareArrays, worstOf, type Comparison } from '../compare.ts';
import type { CaseContext, Compared } from '../outcome.ts';

const ids = v.array(v.number());
const captionsSchema = v.array(v.object({ text: v.string(), ids, uncut: ids }));
const configSchema = v.object({ max_len: v.pipe(v.number(), v.integer(), v.minValue(1)) });

/** Captions and the ids that vit_jax's BertTokenizer gives. */
export async function bertTokenizer(context: CaseContext): Promise<Compared> {
  const file = fileOf(context.parityCase, 'vocab.txt');
  return compareCaptions(context, new WordpieceTokenizer(await readFile(file, 'utf8'), file));
}

/** Captions and the ids that vit_jax's SentencepieceTokenizer gives. */
export async function sentencepieceTokenizer(context: CaseContext): Promise<Compared> {
  const file = fileOf(context.parityCase, 'spm.model');
  return compareCaptions(context, new SentencepieceTokenizer(await readFile(file), file));
}

/** Every id exactly: cut and padded, and whole. */
async function compareCaptions({ parityCase }: CaseContext, tokenizer: Tokenizer): Promise<Compared> {
  const { max_len } = checked(configSchema, parityCase.config, `config of ${parityCase.id}`);
  const file = fileOf(parityCase, 'cases.json');
  const captions = checked(captionsSchema, await readJson(file), file);
  const comparisons = captions.map((caption) => ({
    ids: exactly(caption.text, tokenizer.caption(caption.text, max_len).ids, caption.ids),
    uncut: exactly(caption.text, tokenizer.encode(caption.text), caption.uncut),
  }));
  return {
    comparisons: [
      worstOf(
        `ids of ${captions.length} captions`,
        comparisons.map((c) => c.ids),
      ),
      worstOf(
        'ids before they are cut',
        comparisons.map((c) => c.uncut),
      ),
    ],
  };
}

function exactly(text: string, got: ArrayLike<number>, expected: readonly number[]): Comparison {
  return compareArrays(
    JSON.stringify(text),
    { shape: [got.length], data: got },
    { expected: { shape: [expected.length], data: expected }, atol: 0 },
  );
}
