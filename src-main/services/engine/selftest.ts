import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineSelftest } from '../../../src-shared/contract/engine.ts';
import { isLoadingNoise } from '../../../src-shared/loading-noise.ts';
import type { EngineChoice } from './engines.ts';
import { workerEnvironment } from './environment.ts';

const PROGRAM = new URL('../../../src-worker/engine/selftest.ts', import.meta.url);
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
  const child = spawn(process.execPath, [fileURLToPath(PROGRAM)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIME_LIMIT_MS,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(signal ? `it was ended by ${signal}` : `exit code ${code}`));
  });
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
