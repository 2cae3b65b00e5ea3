import type { Work } from './papers.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '\\&', '%': '\\%', $: '\\$', '#': '\\#', _: '\\_' };

/** One BibTeX entry, ending without a line break. Accents stay UTF-8, as biber and current BibTeX styles read them. */
export function toBibtex(work: Work): string {
  const venueField = { article: 'journal', inproceedings: 'booktitle', misc: 'howpublished', software: 'organization' }[
    work.type
  ];
  const fields: [string, string | undefined][] = [
    ['title', `{${escaped(work.title)}}`],
    ['author', escaped(work.authors.join(' and '))],
    [venueField, work.venue && escaped(work.venue)],
    ['volume', work.volume],
    ['pages', work.pages],
    ['year', work.year === null ? undefined : String(work.year)],
    ['eprint', work.arxiv],
    ['archivePrefix', work.arxiv && 'arXiv'],
    ['doi', work.doi],
    ['url', work.url],
    ['note', work.note && escaped(work.note)],
  ];
  const lines = fields.filter(([, value]) => value).map(([name, value]) => `  ${name} = {${value}},`);
  return [`@${work.type}{${work.key},`, ...lines, '}'].join('\n');
}

function escaped(text: string): string {
  return text.replace(/[&%$#_]/g, (c) => ESCAPES[c]!);
}
