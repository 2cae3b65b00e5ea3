import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const KEPT = join(root, 'node_modules/.cache/vitrine-window');
/** What a build is made of; whatever else it takes comes with package-lock.json. */
const SOURCES = ['src-main', 'src-worker', 'src-renderer', 'src-shared'];
const SETTINGS = ['electron.vite.config.ts', 'package-lock.json', 'package.json', 'tsconfig.base.json'];
const DAY = 24 * 60 * 60 * 1000;

/**
 * The folder of an `electron-vite build` of the sources as they are (Electron's binary is not needed). It is built
 * once for the same sources, and belongs to every test and benchmark that asks: nobody removes it.
 */
export async function builtWindow(): Promise<string> {
  const folder = join(KEPT, await sourcesHash());
  if (existsSync(folder)) return folder;
  await mkdir(KEPT, { recursive: true });
  await removeOld();
  const out = await mkdtemp(join(KEPT, 'building-'));
  const tool = join(root, 'node_modules/electron-vite/bin/electron-vite.js');
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, [tool, 'build', '--outDir', out], { cwd: root, env });
  // Somebody else may have built the same meanwhile.
  await rename(out, folder).catch(() => rm(out, { recursive: true, force: true }));
  return folder;
}

async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const name of SETTINGS) hash.update(name).update(await readFile(join(root, name)));
  for (const folder of SOURCES) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !/\.test\.ts$/.test(entry.name));
    for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort())
      hash.update(path.slice(root.length)).update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Builds of other sources, and what was left of builds that were cut off. */
async function removeOld(): Promise<void> {
  for (const name of await readdir(KEPT)) {
    const { mtimeMs } = await stat(join(KEPT, name));
    if (Date.now() - mtimeMs > DAY) await rm(join(KEPT, name), { recursive: true, force: true });
  }
}
