import type { EngineSelftest } from '../../../src-shared/contract/engine.ts';
import { isLoadingNoise } from '../../../src-shared/loading-noise.ts';
import { startProcess } from '../../workers/start-process.ts';
import type { EngineChoice } from './engines.ts';
import { workerEnvironment } from './environment.ts';

const TIME_LIMIT_MS = 120_000;

/**
 * Loads the engine in a process of its own, so that a library that crashes takes nothing with it, and compares a
 * small computation with known numbers. Never throws for a bad engine: `ok` is false and `error` says why.
 * `force` makes a TensorFlow that doesn't load an error instead of a fall-back to WASM.
 */
export async function selftestEngine(
  engine: Pick<EngineChoice, 'dir' | 'kind'>,
  options: { force?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<EngineSelftest> {
  const env = workerEnvironment(engine);
  if (options.force) env.VITRINE_ENGINE = engine.kind;
  const child = startProcess({ program: 'selftest', env, outlives: null });
  const [out, err] = child.output;
  let output = '';
  let errors = '';
  out?.on('data', (data: Buffer) => (output += data.toString()));
  err?.on('data', (data: Buffer) => (errors += data.toString()));
  const limit = AbortSignal.timeout(TIME_LIMIT_MS);
  const stop = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
  const kill = (): void => child.kill();
  stop.addEventListener('abort', kill, { once: true });
  if (stop.aborted) kill();
  process.once('exit', kill);
  const ended = await new Promise<string>((resolve) => {
    child.onEnd((end) => {
      if ('error' in end) resolve(end.error.message);
      else resolve(end.signal ? `it was ended by ${end.signal}` : `exit code ${end.code}`);
    });
  });
  process.removeListener('exit', kill);
  stop.removeEventListener('abort', kill);
  const line = output.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as EngineSelftest;
  } catch {
    const last = errors
      .trim()
      .split('\n')
      .filter((text) => !isLoadingNoise(text))
      .at(-1);
    const message = `the process that loads the engine failed (${ended})${last ? `: ${last}` : ''}`;
    return { ok: false, error: { code: 'engine', message } };
  }
}
