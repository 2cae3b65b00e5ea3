import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/**
 * A file of resources/, from the sources as from a bundle. Real files also where the rest is packed into Electron's
 * archive: sharp reads them.
 */
export function resource(name: string): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json')))
      return join(at, 'resources', name).replace(`${sep}app.asar${sep}`, `${sep}app.asar.unpacked${sep}`);
    if (at === dirname(at)) throw new Error(`No package.json above ${import.meta.dirname}.`);
  }
}
