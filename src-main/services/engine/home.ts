import { join } from 'node:path';
import { homeFolder } from '../library/service.ts';

/** One folder an engine; see manifest.ts for what makes one. */
export function enginesFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(homeFolder(env), 'engines');
}
