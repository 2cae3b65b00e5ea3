import { expect, test } from 'vitest';
import { VARIANTS } from '../models/variants.ts';
import { toBibtex } from './bibtex.ts';
import { PAPERS, vitrineItself } from './papers.ts';

test('an entry', () => {
  expect(toBibtex(PAPERS.find((p) => p.key === 'touvron2021deit')!)).toBe(`@inproceedings{touvron2021deit,
  title = {{Training data-efficient image transformers \\& distillation through attention}},
  author = {Touvron, Hugo and Cord, Matthieu and Douze, Matthijs and Massa, Francisco and Sablayrolles, Alexandre and Jégou, Hervé},
  booktitle = {ICML},
  year = {2021},
  eprint = {2012.12877},
  archivePrefix = {arXiv},
}`);
});

test('keys are unique, braces balance, and every paper of a model is there', () => {
  const all = [...PAPERS, vitrineItself('1.2.3')];
  expect(new Set(all.map((w) => w.key)).size).toBe(all.length);
  for (const work of all) {
    const text = toBibtex(work);
    expect(text.split('{').length, work.key).toBe(text.split('}').length);
  }
  const numbers = PAPERS.map((p) => p.arxiv);
  for (const variant of VARIANTS) expect(numbers).toContain(variant.paper);
});
