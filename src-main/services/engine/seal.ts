import { createHash } from 'node:crypto';
import { open, readFile, readdir, rename, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { MANIFEST_FILE, PLATFORM } from './manifest.ts';
import type { EngineManifest } from './manifest.ts';
import type { EngineSource } from './sources.ts';

const HASHED_BYTES = 16e6;

/** Flushes every file of a verified engine to the disk, then writes engine.json: the folder is an engine from here on. */
export async function writeManifest(
  dir: string,
  facts: { source: EngineSource; version: string; wheels: string[] },
): Promise<EngineManifest> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files: EngineManifest['files'] = [];
  for (const entry of entries.filter((item) => item.isFile())) {
    const file = join(entry.parentPath, entry.name);
    await flush(file);
    const { size } = await stat(file);
    const path = relative(dir, file).split(sep).join('/');
    const sha256 =
      size <= HASHED_BYTES
        ? createHash('sha256')
            .update(await readFile(file))
            .digest('hex')
        : undefined;
    files.push({ path, bytes: size, ...(sha256 === undefined ? {} : { sha256 }) });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const manifest: EngineManifest = {
    format: 1,
    id: facts.source.id,
    device: facts.source.variant,
    version: facts.version,
    platform: PLATFORM,
    installedAt: new Date().toISOString(),
    wheels: facts.wheels.map((wheel) => basename(wheel)),
    files,
  };
  const temporary = join(dir, `.${MANIFEST_FILE}`);
  const handle = await open(temporary, 'wx');
  await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
  await handle.sync();
  await handle.close();
  await rename(temporary, join(dir, MANIFEST_FILE));
  return manifest;
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r');
  await handle.sync();
  await handle.close();
}
