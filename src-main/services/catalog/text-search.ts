import type { Database } from '../../database/open.ts';

/** Which texts a word occurs in: `catalog` by number in catalog_text, `annotations` by number in annotation_text. */
export interface Hits {
  readonly catalog: Uint8Array;
  readonly annotations: Uint8Array;
}

export interface TextSearch {
  /** @returns hits of each word, or null where nothing can match */
  hitsOf(text: string, lastText: number): Hits[] | null;
}

/**
 * The words of a text that a person typed; nothing in it is syntax. A word is what stands between spaces, or between
 * the "--" that joins a fine-tuning's name to its pre-training's; inside it, punctuation only divides.
 */
export function wordsOf(text: string): string[] {
  // eslint-disable-next-line no-control-regex -- control characters divide words too
  const words = text.split(/[\s\u0000-\u001f]+|--+/u).filter((word) => word !== '');
  return [...new Set(words)];
}

/** What FTS5's unicode61 makes tokens of. */
const SEARCHABLE = /[\p{L}\p{N}\p{Co}]/u;

/** A word as an FTS5 query: its tokens one after the other, the last perhaps only begun. */
export function phraseOf(word: string): string {
  return `"${word.replaceAll('"', '""')}" *`;
}

/** FTS5 over the catalog's texts. A word without a letter or digit is left out; a text of only such matches nothing. */
export function openTextSearch(database: Database): TextSearch {
  const catalog = database.prepare('SELECT rowid FROM catalog_text WHERE catalog_text MATCH ?').pluck();
  const annotations = database.prepare('SELECT rowid FROM annotation_text WHERE annotation_text MATCH ?').pluck();
  const last = database.prepare('SELECT max(id) FROM annotation').pluck();
  const mark = (ids: readonly number[], length: number): Uint8Array => {
    const marks = new Uint8Array(length + 1);
    for (const id of ids) marks[id] = 1;
    return marks;
  };
  return {
    hitsOf(text, lastText) {
      const words = wordsOf(text);
      const searchable = words.filter((word) => SEARCHABLE.test(word));
      if (searchable.length === 0) return words.length === 0 ? [] : null;
      const lastAnnotation = (last.get() as number | null) ?? 0;
      const hits: Hits[] = [];
      for (const word of searchable) {
        const phrase = phraseOf(word);
        const found = catalog.all(phrase) as number[];
        const noted = annotations.all(phrase) as number[];
        if (found.length === 0 && noted.length === 0) return null;
        hits.push({ catalog: mark(found, lastText), annotations: mark(noted, lastAnnotation) });
      }
      return hits;
    },
  };
}
