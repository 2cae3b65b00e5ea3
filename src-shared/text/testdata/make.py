"""Makes unigram.model and unigram.json: a small SentencePiece model with byte fallback and symbols of the user's own,
without rules for rewriting text, and the ids that tensorflow_text gives with it.
Made with sentencepiece 0.2.3, tensorflow 2.21.0, tensorflow_text 2.21.1: python3 make.py
"""

import json
import pathlib

import sentencepiece
import tensorflow as tf
import tensorflow_text

here = pathlib.Path(__file__).parent
words = 'a dog cat bird on the beach in snow red blue bicycle photo of two people riding near water ocean running'.split()
sentences = [' '.join(words[(i * k) % len(words)] for k in range(1, 8)) for i in range(1, 400)]
(here / 'corpus.txt').write_text('\n'.join(sentences))
sentencepiece.SentencePieceTrainer.train(
    input=str(here / 'corpus.txt'), model_prefix=str(here / 'unigram'), vocab_size=330, hard_vocab_limit=False,
    byte_fallback=True, user_defined_symbols=['<sym>', 'bicycle'], normalization_rule_name='identity')
(here / 'corpus.txt').unlink()
(here / 'unigram.vocab').unlink()
texts = ['a dog on the beach', ' two  people ', '<sym>dog bicycles', 'Straße 猫 🐶', '\tx\n', '', '   ', 'dogcat▁snow',
         'unknown\u0000byte']
tokenizer = tensorflow_text.SentencepieceTokenizer((here / 'unigram.model').read_bytes())
ids = [tokenizer.tokenize(tf.constant(text)).numpy().tolist() for text in texts]
(here / 'unigram.json').write_text(json.dumps([{'text': t, 'ids': i} for t, i in zip(texts, ids)]) + '\n')
