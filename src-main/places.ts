import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** The programs that main starts as processes of their own. */
export type Program = 'worker' | 'selftest';

const HERE = import.meta.dirname;
/** Sources run as they are; a bundle lies whole in one folder, out/main, and its chunks beside its entries. */
const bundled = import.meta.filename.endsWith('.js');

/** The folder of package.json: a checkout, or the package's app.asar. */
const ROOT = rootAbove(HERE);

/** The built window. */
export const WINDOW_FOLDER = bundled ? join(HERE, '../renderer') : join(ROOT, 'out/renderer');
/** The bridge of the desktop's window, built. */
export const PRELOAD_FILE = bundled ? join(HERE, '../preload/preload.cjs') : join(ROOT, 'out/preload/preload.cjs');
/** What comes with Vitrine. Real files also where the rest is packed: sharp, Python and TensorFlow read them too. */
export const RESOURCES = onDisk(join(ROOT, 'resources'));

/** Where a program's entry lies. */
export function programFile(program: Program): string {
  if (bundled) return join(HERE, `${program}.js`);
  return join(ROOT, program === 'worker' ? 'src-worker/main.ts' : 'src-worker/engine/selftest.ts');
}

/**
 * Where a file of the package lies for programs that know nothing of Electron's archive: what is unpacked
 * (electron-builder.yml, asarUnpack) stands beside it.
 */
export function onDisk(path: string): string {
  return path.replace(`${sep}app.asar${sep}`, `${sep}app.asar.unpacked${sep}`);
}

function rootAbove(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (at === dirname(at)) throw new Error(`No package.json above ${folder}: Vitrine's own files can't be found.`);
  }
}
