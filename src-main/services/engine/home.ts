import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

/** Where Vitrine keeps what it needs between runs: `VITRINE_HOME`, otherwise the platform's data folder. */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.VITRINE_HOME ? resolve(env.VITRINE_HOME) : envPaths('vitrine', { suffix: '' }).data;
}

/** One folder an engine; see manifest.ts for what makes one. */
export function enginesFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(homeFolder(env), 'engines');
}
