import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeBackend } from '../node-backend.ts';

/** Loads a graph, given as a SavedModel, into a session of its own; `deleteSavedModel` ends it. */
export function loadGraph(backend: NodeBackend, savedModel: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-program-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModel);
    return backend.binding.loadSavedModel(folder, 'serve');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
