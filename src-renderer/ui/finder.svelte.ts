import type { Api } from '../api.ts';
import { href } from '../routes.ts';
import type { strings } from './strings.ts';

export type FoundKind = keyof typeof strings.palette.groups;

export interface Found {
  readonly name: string;
  /** Beside it: a state, a size. */
  readonly note: string | null;
  readonly href: string;
}

/** Of each kind. */
const MOST = 8;
/** Between two keystrokes nothing is asked, ms. */
const PATIENCE = 120;

/** Every word that was typed occurs. */
export function matches(text: string, search: string): boolean {
  const lower = text.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}

/** What of the library has a name that was typed. The newest question wins; what fails is left out. */
export class Finder {
  groups = $state.raw<readonly { kind: FoundKind; found: readonly Found[] }[]>([]);
  pending = $state(false);
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Returns what ends it: the return value of an effect. */
  ask(typed: string): () => void {
    const text = typed.trim();
    if (text.length < 2) {
      this.groups = [];
      this.pending = false;
      return () => {};
    }
    const abort = new AbortController();
    this.pending = true;
    const timer = setTimeout(() => void this.#find(text, abort.signal), PATIENCE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }

  async #find(text: string, signal: AbortSignal): Promise<void> {
    const kinds = Object.entries(SOURCES) as [FoundKind, (typeof SOURCES)[FoundKind]][];
    const groups = await Promise.all(
      kinds.map(async ([kind, find]) => ({
        kind,
        found: await find(this.#api, text, signal).catch(() => [] as Found[]),
      })),
    );
    if (signal.aborted) return;
    this.groups = groups.filter(({ found }) => found.length > 0);
    this.pending = false;
  }
}

type Source = (api: Api, text: string, signal: AbortSignal) => Promise<Found[]>;

const SOURCES = {
  runs: async (api, text, signal) => {
    const { runs } = await api.runs.list({ text, limit: MOST }, { signal });
    return runs.map(({ id, name, state }) => ({ name, note: state, href: href('run', { id }) }));
  },
  datasets: async (api, text, signal) => {
    const datasets = await api.datasets.list(undefined, { signal });
    return named(datasets, text, ({ id, name, state }) => ({ name, note: state, href: href('dataset', { id }) }));
  },
  reports: async (api, text, signal) => {
    const evaluations = await api.evaluations.list(undefined, { signal });
    return named(evaluations, text, ({ id, checkpoint, state }) => ({
      name: checkpoint.name,
      note: state,
      href: href('report', { id }),
    }));
  },
  files: async (api, text, signal) => {
    const { checkpoints } = await api.checkpoints.list(undefined, { signal });
    return named(checkpoints, text, ({ id, path, file, variant }) => ({
      name: file ?? path,
      note: variant,
      href: href('checkpointFile', { id: String(id) }),
    }));
  },
  catalog: async (api, text, signal) => {
    const { rows } = await api.catalog.search({ text, limit: MOST, facets: false }, { signal });
    return rows.map(({ name, model }) => ({ name, note: model, href: href('checkpoint', { name }) }));
  },
} as const satisfies Record<FoundKind, Source>;

function named<Row>(rows: readonly Row[], text: string, asFound: (row: Row) => Found): Found[] {
  return rows
    .map(asFound)
    .filter(({ name }) => matches(name, text))
    .slice(0, MOST);
}
