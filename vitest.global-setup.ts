import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveEngine } from './src-main/services/engine/engines.ts';
import { workerEnvironment } from './src-main/services/engine/environment.ts';

/**
 * Gives every test process the engine that Vitrine itself would choose. Tests that need TensorFlow ask
 * `process.env.VITRINE_ENGINE_DIR`, and are skipped without it. The library is an empty one: no test writes into a
 * person's own.
 */
export default async function setup(): Promise<() => void> {
  // Many tests compile the same small programs, in processes of their own.
  process.env['VITRINE_COMPILED_DIR'] ??= join(import.meta.dirname, 'node_modules/.cache/vitrine-compiled');
  const engine = await resolveEngine();
  Object.assign(process.env, workerEnvironment(engine));
  const home = mkdtempSync(join(tmpdir(), 'vitrine-home-'));
  process.env['VITRINE_HOME'] = home;
  const tearDown = (): void => rmSync(home, { recursive: true, force: true });
  if (engine.dir !== null) return tearDown;
  const why = engine.reasons.map((reason) => `  ${reason.engine}: ${reason.why} -> ${reason.todo}`);
  const line = '='.repeat(100);
  process.stderr.write(
    `${line}\nTests run WITHOUT TensorFlow (${engine.why}): those that need it are skipped.\n${why.join('\n')}\n${line}\n`,
  );
  return tearDown;
}
