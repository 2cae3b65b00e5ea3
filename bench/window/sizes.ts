import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Bytes that the first view needs, gzipped: scripts and styles that the page names or its scripts import at once. */
export async function startBytes(renderer: string): Promise<number> {
  const page = await readFile(join(renderer, 'index.html'), 'utf8');
  const seen = new Set<string>();
  let sum = gzipSync(page).length;
  const add = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const source = await readFile(join(renderer, path));
    sum += gzipSync(source).length;
    if (!path.endsWith('.js')) return;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    for (const [, name] of source.toString().matchAll(/(?:from|import)\s?["']\.\/([^"']+)["']/g))
      await add(folder + name!);
  };
  for (const [, path] of page.matchAll(/(?:src|href)="\.?\/([^"]+\.(?:js|css))"/g)) await add(path!);
  return sum;
}
