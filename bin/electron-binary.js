import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Electron's binary lies, or null. Unlike the package's own look-up, this one never fetches it. */
export function findElectron(root, env = process.env) {
  const folder = join(root, 'node_modules/electron');
  const read = (file) => {
    try {
      return readFileSync(join(folder, file), 'utf8').trim();
    } catch {
      return null;
    }
  };
  const path = read('path.txt');
  if (env.ELECTRON_OVERRIDE_DIST_PATH) {
    const own = join(env.ELECTRON_OVERRIDE_DIST_PATH, path ?? 'electron');
    return existsSync(own) ? own : null;
  }
  if (path === null) return null;
  const { version } = JSON.parse(read('package.json') ?? '{}');
  const binary = join(folder, 'dist', path);
  return read('dist/version')?.replace(/^v/, '') === version && existsSync(binary) ? binary : null;
}
