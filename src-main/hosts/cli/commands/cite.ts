import { toBibtex } from '../../../../src-shared/cite/bibtex.ts';
import { PAPERS, vitrineItself } from '../../../../src-shared/cite/papers.ts';
import type { Work } from '../../../../src-shared/cite/papers.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { nearest } from '../../../../src-shared/nearest.ts';
import type { Command } from '../command.ts';

const KEYS = [...PAPERS, vitrineItself('')].map((w) => `  ${w.key.padEnd(20)} ${w.about}`).join('\n');

export const command: Command = {
  name: 'cite',
  summary: 'BibTeX of the papers behind the models and data',
  usage: 'cite [KEY…] [--json]',
  help: `
Prints BibTeX: of everything, or of the entries named by key or arXiv number.

${KEYS}

Examples:
  vitrine cite > vitrine.bib
  vitrine cite steiner2021augreg 2010.11929`,
  options: {},
  async run(context) {
    const { positionals } = context;
    const { version } = (await import('../../../../package.json', { with: { type: 'json' } })).default;
    const works = [...PAPERS, vitrineItself(version)];
    const chosen = positionals.length > 0 ? positionals.map((key) => find(key, works)) : works;
    if (!context.json) return context.print(chosen.map(toBibtex).join('\n\n'));
    context.emit({ works: chosen.map((work) => ({ ...work, bibtex: toBibtex(work) })) });
  },
};

function find(key: string, works: readonly Work[]): Work {
  const found = works.find((w) => w.key === key || w.arxiv === key.replace(/^arxiv:/i, ''));
  if (found) return found;
  const keys = works.map((w) => w.key);
  const guess = nearest(key, keys);
  throw new AppError('usage', `There is no entry "${key}".`, {
    hint: `${guess ? `Did you mean "${guess}"? ` : ''}Known: ${keys.join(', ')}.`,
  });
}
