/** What a person has chosen and typed: all of it is in the address, so that a reload loses nothing. */
export interface Choices {
  /** Path of a checkpoint, or empty. */
  readonly checkpoint: string;
  /** A name of the catalog, where no file was chosen yet. */
  readonly catalog: string;
  /** A data set of the library by its id; a folder or a published name as it was typed. */
  readonly dataset: string;
  /** '' is the plain fine-tuning; null: nobody has chosen, so the data decide. */
  readonly preset: string | null;
  readonly flags: readonly string[];
  readonly name: string;
  /** Leave images out that can't be read. */
  readonly skipBad: boolean;
  /** The run whose saved state this one begins with. */
  readonly branch: string;
}

/** What the address calls the plain fine-tuning, which has no name. */
const PLAIN = 'plain';

/** Characters of one part of an address that are taken: file names are shorter. */
const LONGEST = 10_000;
const MOST_FLAGS = 500;

export function readChoices(query: URLSearchParams): Choices {
  const one = (name: string): string => (query.get(name) ?? '').slice(0, LONGEST);
  const preset = query.get('preset');
  return {
    checkpoint: one('checkpoint'),
    catalog: one('catalog'),
    dataset: one('dataset'),
    preset: preset === null ? null : preset === PLAIN ? '' : preset.slice(0, LONGEST),
    flags: query
      .getAll('flag')
      .slice(0, MOST_FLAGS)
      .map((flag) => flag.slice(0, LONGEST)),
    name: one('name'),
    skipBad: query.get('skipBad') === 'true',
    branch: one('branch'),
  };
}

/** As the router writes it. */
export function queryOf({ flags, preset, ...rest }: Choices): Record<string, string | boolean | readonly string[]> {
  return { ...rest, ...(preset === null ? {} : { preset: preset === '' ? PLAIN : preset }), flag: flags };
}
