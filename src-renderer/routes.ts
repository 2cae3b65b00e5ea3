/**
 * The window's addresses: one row a place, `:name` stands for a part of its path. The address after `#` is the whole
 * state of a view that somebody may want back: reload, back and a link sent to a colleague work.
 */
export const ROUTES = {
  catalog: '/catalog',
  checkpoint: '/catalog/:name',
  /** A file of the library, whether the catalog knows it or not. */
  checkpointFile: '/checkpoints/:id',
  data: '/data',
  dataset: '/data/:id',
  runs: '/runs',
  newRun: '/runs/new',
  compare: '/runs/compare',
  run: '/runs/:id',
  reports: '/reports',
  report: '/reports/:id',
  playground: '/playground',
  engine: '/engine',
  settings: '/settings',
} as const;

export type RouteId = keyof typeof ROUTES;

type Names<Pattern extends string> = Pattern extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Names<Rest>
  : Pattern extends `${string}:${infer Name}`
    ? Name
    : never;

export type Params<Id extends RouteId> = Record<Names<(typeof ROUTES)[Id]>, string>;

/** A place in the window. The query belongs to the view, which reads what it knows and ignores the rest. */
export interface Place<Id extends RouteId = RouteId> {
  readonly id: Id;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export const FIRST: RouteId = 'catalog';

type Query = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>;

/** Where a link leads: `#/runs/new?checkpoint=…`. Empty values of the query are left out; a list is repeated. */
export function href<Id extends RouteId>(id: Id, params: Params<Id>, query: Query = {}): string {
  const path = ROUTES[id].replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent((params as Record<string, string>)[name] ?? ''),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '' || value === false) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return `#${path}${text === '' ? '' : `?${text}`}`;
}

/** The place an address names; anything unknown is the first view. */
export function placeOf(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#/, '').split(/\?(.*)/s, 2);
  const parts = path.split('/').filter((part) => part !== '');
  for (const id of Object.keys(ROUTES) as RouteId[]) {
    const params = match(ROUTES[id].split('/').slice(1), parts);
    if (params) return { id, params, query: new URLSearchParams(search) };
  }
  return { id: FIRST, params: {}, query: new URLSearchParams() };
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [i, piece] of pattern.entries()) {
    if (!piece.startsWith(':')) {
      if (piece !== parts[i]) return null;
      continue;
    }
    try {
      params[piece.slice(1)] = decodeURIComponent(parts[i]!);
    } catch {
      return null; // a lone % in the address
    }
  }
  return params;
}
