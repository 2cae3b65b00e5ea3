import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineStatus } from '../../../src-shared/contract/engine.ts';
import { listEngines, resolveEngine } from './engines.ts';
import { MANIFEST_FILE } from './manifest.ts';
import { engineStatus } from './status.ts';

/**
 * The status without loading the engine each time it is asked for: a good answer holds until another engine is chosen,
 * or one is installed, removed or written anew. Who asks while it is worked out gets the same answer.
 */
export function rememberedStatus(ask: () => Promise<EngineStatus> = engineStatus): () => Promise<EngineStatus> {
  let known: { key: string; status: Promise<EngineStatus> } | undefined;
  return async () => {
    const key = await whatMatters();
    if (known?.key === key) return known.status;
    const asked = { key, status: ask() };
    known = asked;
    const forget = (): void => {
      if (known === asked) known = undefined;
    };
    asked.status.then(({ ok }) => {
      if (!ok) forget(); // it may be mended meanwhile
    }, forget);
    return asked.status;
  };
}

/** @throws AppError as resolveEngine does */
async function whatMatters(): Promise<string> {
  const [choice, { whole, broken }] = [await resolveEngine(), await listEngines()];
  const written = await Promise.all(
    [...whole.map(({ dir }) => dir), choice.dir].map(async (dir) =>
      dir === null
        ? null
        : [
            dir,
            await stat(join(dir, MANIFEST_FILE)).then(
              ({ mtimeMs }) => mtimeMs,
              () => null,
            ),
          ],
    ),
  );
  return JSON.stringify([choice, broken, written]);
}
