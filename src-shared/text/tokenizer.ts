/** Text as a text tower takes it. */
export interface Caption {
  /** Ids, `maxLen` of them: cut or padded as the model was trained with. */
  ids: Int32Array;
  /** Tokens that the whole text has, without the ones that are always added. */
  tokens: number;
  /** How many of them found no place. */
  cut: number;
}

/** Makes ids of text, after LiT's rules (vit_jax/preprocess.py). */
export interface Tokenizer {
  readonly kind: 'wordpiece' | 'sentencepiece';
  /** Ids are below this. */
  readonly vocabSize: number;
  /** The ids of a text before anything is added, cut or padded. */
  encode(text: string): number[];
  /** @param maxLen ids to give, at least 1; LiT's models take 16 */
  caption(text: string, maxLen: number): Caption;
}
