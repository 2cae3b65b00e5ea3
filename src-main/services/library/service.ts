import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

export { freeSpace } from './free-space.ts';
export type { Statfs } from './free-space.ts';

/** Where Vitrine keeps what it needs between runs: `VITRINE_HOME`, otherwise the platform's data folder. */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.VITRINE_HOME ? resolve(env.VITRINE_HOME) : envPaths('vitrine', { suffix: '' }).data;
}

/** What lies where in the library's folder. */
export interface LibraryPaths {
  readonly home: string;
  readonly database: string;
  /** Who holds the library: address and token, for the command line (mode 0600). */
  readonly lock: string;
  /** Downloaded and imported checkpoints, `COLLECTION/FILE`. */
  readonly checkpoints: string;
  /** What browsers have sent. */
  readonly uploads: string;
  /** Workdirs of runs that were given none. */
  readonly runs: string;
  readonly reports: string;
  /** What can be made again at any time. */
  readonly cache: string;
}

export function libraryPaths(home: string = homeFolder()): LibraryPaths {
  return {
    home,
    database: join(home, 'library.db'),
    lock: join(home, 'library.lock'),
    checkpoints: join(home, 'checkpoints'),
    uploads: join(home, 'uploads'),
    runs: join(home, 'runs'),
    reports: join(home, 'reports'),
    cache: join(home, 'cache'),
  };
}
