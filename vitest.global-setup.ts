import { resolveEngine } from './src-main/services/engine/engines.ts';
import { workerEnvironment } from './src-main/services/engine/environment.ts';

/**
 * Gives every test process the engine that Vitrine itself would choose. Tests that need TensorFlow ask
 * `process.env.VITRINE_ENGINE_DIR`, and are skipped without it.
 */
export default async function setup(): Promise<void> {
  const engine = await resolveEngine();
  Object.assign(process.env, workerEnvironment(engine));
  if (engine.dir !== null) return;
  const why = engine.reasons.map((reason) => `  ${reason.engine}: ${reason.why} -> ${reason.todo}`);
  const line = '='.repeat(100);
  process.stderr.write(
    `${line}\nTests run WITHOUT TensorFlow (${engine.why}): those that need it are skipped.\n${why.join('\n')}\n${line}\n`,
  );
}
