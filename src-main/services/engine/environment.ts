import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { compiledFolder } from './compiled.ts';
import type { EngineChoice } from './engines.ts';

/**
 * The environment for a process that computes on `engine`: everything that must be there before it starts, because
 * the dynamic linker and TensorFlow read it while loading. `threads` overrules VITRINE_THREADS.
 */
export function workerEnvironment(
  engine: Pick<EngineChoice, 'dir' | 'kind'>,
  options: { env?: NodeJS.ProcessEnv; threads?: number } = {},
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.env ?? process.env)) if (value !== undefined) env[name] = value;
  delete env.VITRINE_ENGINE_DIR;
  env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // errors only
  if (options.threads !== undefined) env.VITRINE_THREADS = String(options.threads);
  if (engine.kind !== 'tensorflow' || engine.dir === null) return env;
  env.VITRINE_ENGINE_DIR = engine.dir;
  const libraries = cudaLibraryFolders(engine.dir);
  if (libraries.length === 0) {
    // On a CPU only: what XLA compiles for a GPU was never tried to be kept.
    env.VITRINE_COMPILED_DIR ??= compiledFolder(env);
    return env;
  }
  delete env.VITRINE_COMPILED_DIR;
  env.LD_LIBRARY_PATH = [...libraries, env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  const cuda = `--xla_gpu_cuda_data_dir=${join(engine.dir, 'nvidia', 'cuda_nvcc')}`;
  if (!env.XLA_FLAGS?.includes('--xla_gpu_cuda_data_dir'))
    env.XLA_FLAGS = [env.XLA_FLAGS, cuda].filter(Boolean).join(' ');
  return env;
}

/** `nvidia/<package>/lib` of a GPU engine; none for a CPU engine. */
function cudaLibraryFolders(dir: string): string[] {
  const root = join(dir, 'nvidia');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .sort()
    .map((name) => join(root, name, 'lib'))
    .filter((folder) => existsSync(folder));
}
