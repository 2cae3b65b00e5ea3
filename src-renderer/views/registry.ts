import type { strings } from '../strings.ts';
import type { RouteId } from '../routes.ts';

export type ViewId = keyof typeof strings.views;

interface View {
  /** Where the rail shows it. */
  readonly place: 'top' | 'foot';
  /** Path data of a 20 × 20 px line icon. */
  readonly icon: string;
  /** Behind G: goes there. */
  readonly key: string;
}

/** The views, in the order of the rail. */
export const VIEWS = {
  catalog: { place: 'top', icon: 'M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z', key: 'c' },
  data: { place: 'top', icon: 'M3 4h14v12H3zM3 13l4-4 4 4 2-2 4 4M12.5 7.5h1', key: 'd' },
  runs: { place: 'top', icon: 'M3 3v14h14M6 7c2 6 5 7 10 7', key: 'r' },
  reports: { place: 'top', icon: 'M5 2.5h7l3.5 3.5v11.5H5zM11.5 2.5v4h4M8 11h5M8 14h5', key: 'p' },
  playground: {
    place: 'top',
    icon: 'M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10zM10 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z',
    key: 'y',
  },
  engine: { place: 'foot', icon: 'M6 6h8v8H6zM8 3v3M12 3v3M8 14v3M12 14v3M3 8h3M3 12h3M14 8h3M14 12h3', key: 'e' },
  settings: { place: 'foot', icon: 'M3 6h7M14 6h3M12 4v4M3 14h3M10 14h7M8 12v4', key: 's' },
} as const satisfies Record<ViewId, View>;

export const VIEW_IDS = Object.keys(VIEWS) as ViewId[];

/** The view a place belongs to. */
export const VIEW_OF = {
  catalog: 'catalog',
  checkpoint: 'catalog',
  checkpointFile: 'catalog',
  data: 'data',
  dataset: 'data',
  runs: 'runs',
  newRun: 'runs',
  compare: 'runs',
  run: 'runs',
  reports: 'reports',
  report: 'reports',
  playground: 'playground',
  engine: 'engine',
  settings: 'settings',
} as const satisfies Record<RouteId, ViewId>;
