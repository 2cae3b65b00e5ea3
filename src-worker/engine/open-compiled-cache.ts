import { readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { EngineThreads } from '../../src-shared/contract/engine.ts';
import { CompiledCache, FOLDER_PREFIX } from './compiled-cache.ts';

const FLAG = '--tf_xla_persistent_cache_directory=';
const INHERITED = new RegExp(`${FLAG}\\S*${FOLDER_PREFIX}\\S*`);

let opened: CompiledCache | null = null;

/** The cache of compiled programs of this process; null where there is none. */
export function compiledCache(): CompiledCache | null {
  return opened;
}

/**
 * Has TensorFlow keep what XLA compiles in `VITRINE_COMPILED_DIR`, where that is set. To be called before the library
 * is loaded, which reads the flag then.
 */
export function openCompiledCache(env: NodeJS.ProcessEnv = process.env): void {
  const root = env.VITRINE_COMPILED_DIR;
  // A process that was started by one with TensorFlow has the flag of that one.
  const flags = env.TF_XLA_FLAGS?.replace(INHERITED, '').trim();
  if (flags !== undefined) env.TF_XLA_FLAGS = flags;
  if (opened !== null || !root || flags?.includes(FLAG)) return;
  opened = CompiledCache.open({ root });
  if (opened === null) return;
  env.TF_XLA_FLAGS = [flags, `${FLAG}${opened.folder}`].filter(Boolean).join(' ');
  process.once('exit', () => opened?.close());
}

/** To be called before anything is compiled, once everything that XLA reads is set. */
export function identifyCompiled(
  engine: { directory: string; version: string; threads: EngineThreads },
  env: NodeJS.ProcessEnv = process.env,
): void {
  const { XLA_FLAGS, TF_XLA_FLAGS, TF_ENABLE_ONEDNN_OPTS } = env;
  opened?.identify({
    tensorflow: engine.version,
    library: libraryOf(engine.directory),
    platform: `${process.platform}-${process.arch}`,
    processor: processor(),
    threads: engine.threads,
    flags: { XLA_FLAGS, TF_XLA_FLAGS: TF_XLA_FLAGS?.replace(opened.folder, ''), TF_ENABLE_ONEDNN_OPTS },
  });
}

/** Two builds of one version differ in it. */
function libraryOf(directory: string): { bytes: number; modified: number } | null {
  const found = statSync(join(directory, 'libtensorflow_cc.so.2'), { throwIfNoEntry: false });
  return found ? { bytes: found.size, modified: found.mtimeMs } : null;
}

/** What machine code may use: a program made for another processor might not run on this one. */
function processor(): { model: string; features: string | null } {
  const model = cpus()[0]?.model ?? 'unknown';
  try {
    const features = /^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0];
    return { model, features: features ?? null };
  } catch {
    return { model, features: null };
  }
}
