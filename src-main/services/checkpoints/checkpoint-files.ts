import { access, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sidecarPath } from '../../../src-shared/checkpoints/sidecar.ts';

const SHARD = /-\d{5}-of-\d{5}\.safetensors$/;
const INDEX = /\.safetensors\.index\.json$/;
const BESIDE = ['config.json', 'preprocessor_config.json'];
/** Folders below a folder that are looked into, and files that are looked at. */
const DEEPEST = 8;
const MOST_FILES = 10_000;

/**
 * The files that a checkpoint consists of, itself last: shards under an index, and the descriptions beside it. A
 * description that another checkpoint of the folder needs too is marked as shared.
 */
export async function filesOfCheckpoint(path: string): Promise<{ path: string; shared: boolean }[]> {
  const folder = dirname(path);
  const found: { path: string; shared: boolean }[] = [];
  if (/\.npz$/i.test(path)) {
    if (await exists(sidecarPath(path))) found.push({ path: sidecarPath(path), shared: false });
    return [...found, { path, shared: false }];
  }
  const names = await readdir(folder);
  const shards = INDEX.test(path) ? names.filter((name) => SHARD.test(name)) : [];
  const own = new Set([basename(path), ...shards]);
  const shared = names.some((name) => name.endsWith('.safetensors') && !own.has(name));
  for (const name of BESIDE) if (names.includes(name)) found.push({ path: join(folder, name), shared });
  for (const name of shards) found.push({ path: join(folder, name), shared: false });
  return [...found, { path, shared: false }];
}

/** Every file below a folder by which a checkpoint is opened, sorted. Hidden folders and links are left out. */
export async function findCheckpoints(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (at: string, depth: number): Promise<void> => {
    const entries = await readdir(at, { withFileTypes: true });
    const isSharded = entries.some(({ name }) => INDEX.test(name));
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (found.length >= MOST_FILES) return;
      const { name } = entry;
      if (name.startsWith('.')) continue;
      if (entry.isDirectory() && depth < DEEPEST) await walk(join(at, name), depth + 1);
      if (!entry.isFile() || (isSharded && SHARD.test(name))) continue;
      if (/\.(npz|safetensors)$/i.test(name) || INDEX.test(name)) found.push(join(at, name));
    }
  };
  await walk(folder, 0);
  return found;
}

export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
