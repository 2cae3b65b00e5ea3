import { availableParallelism } from 'node:os';
import type { EngineThreads } from '../../src-shared/contract/engine.ts';

/**
 * Sets what TensorFlow reads from the environment while its library loads; a session can't be told options later.
 * Values that are already there win, so that a person can still set any of them. `VITRINE_THREADS` is the number of
 * threads inside an op (default: the cores this process may use); the same number gives the same bits on a CPU.
 * Call it before the library is loaded. Where CUDA's libraries and tools are (LD_LIBRARY_PATH, XLA_FLAGS) is for the
 * process's starter to say: the dynamic linker reads it earlier than any JavaScript runs.
 */
export function prepareEnvironment(env: NodeJS.ProcessEnv = process.env): EngineThreads {
  const threads = positiveInteger(env.VITRINE_THREADS) ?? availableParallelism();
  const defaults: Record<string, string> = {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads),
    TF_CPP_MIN_LOG_LEVEL: '2', // errors only
    TF_FORCE_GPU_ALLOW_GROWTH: 'true', // leave memory to other programs on the GPU
  };
  for (const [name, value] of Object.entries(defaults)) {
    env[name] ??= value;
  }
  return {
    intra: positiveInteger(env.TF_NUM_INTRAOP_THREADS) ?? threads,
    inter: positiveInteger(env.TF_NUM_INTEROP_THREADS) ?? threads,
  };
}

function positiveInteger(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined;
}
