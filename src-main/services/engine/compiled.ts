import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompiledPrograms } from '../../../src-shared/contract/engine.ts';
import { homeFolder, libraryPaths } from '../library/service.ts';

/** Where workers keep what XLA has compiled; `src-worker/engine/compiled-cache.ts` says how. */
export function compiledFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(libraryPaths(homeFolder(env)).cache, 'compiled');
}

/** What is kept there. `VITRINE_COMPILED_DIR` names another folder, or none when it is empty. */
export async function compiledPrograms(env: NodeJS.ProcessEnv = process.env): Promise<CompiledPrograms> {
  const folder = env.VITRINE_COMPILED_DIR ?? compiledFolder(env);
  if (folder === '') return { folder: null, programs: 0, bytes: 0 };
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.pb'));
  // Workers come and go: a file may be gone by now.
  const sizes = await Promise.all(
    files.map(({ parentPath, name }) =>
      stat(join(parentPath, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return { folder, programs: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Removes it all. Programs that are in use stay in their processes. @returns what was there */
export async function clearCompiled(env: NodeJS.ProcessEnv = process.env): Promise<CompiledPrograms> {
  const before = await compiledPrograms(env);
  if (before.folder !== null) await rm(before.folder, { recursive: true, force: true });
  return before;
}
