import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../src-shared/errors.ts';
import { isRunning } from '../../workers/process-liveness.ts';
import { compileBinding, findCompiler } from './compile.ts';
import { requireSpace } from './disk.ts';
import type { Statfs } from './disk.ts';
import { fetchEngine } from './fetch.ts';
import type { RecordRequest } from './fetch.ts';
import { enginesFolder } from './home.ts';
import { lockInstallation } from './lock.ts';
import { checkEngine } from './manifest.ts';
import type { EngineManifest } from './manifest.ts';
import { findPip } from './pip.ts';
import type { InstallProgress } from '../../../src-shared/contract/engine.ts';
import { writeManifest } from './seal.ts';
import { selftestEngine } from './selftest.ts';
import { sourceOf } from './sources.ts';
import type { EngineSource, EngineVariant } from './sources.ts';

export interface InstallOptions {
  variant: EngineVariant;
  /** A folder of wheels to take instead of the network. They are left where they are. */
  wheels?: string | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: (progress: InstallProgress) => void;
  folder?: string;
  statfs?: Statfs;
  env?: NodeJS.ProcessEnv;
  /** Writes down what pip is about to ask for. @throws AppError offline */
  record?: RecordRequest;
}

/**
 * Fetches TensorFlow, compiles the binding, verifies both in a process of their own and only then gives the engine
 * its name. Whatever fails or is aborted leaves nothing behind. An engine of the same id is replaced at the end.
 * @throws AppError `engine`, `disk_full`, `conflict`, `bad_file`, `not_found`, `interrupted`.
 */
export async function installEngine(options: InstallOptions): Promise<{ dir: string; manifest: EngineManifest }> {
  const source = sourceFor(options.variant);
  const folder = options.folder ?? enginesFolder(options.env);
  const report = options.onProgress ?? (() => undefined);
  report({ step: 'check', message: `TensorFlow ${source.id} into ${folder}` });
  const compiler = await findCompiler(options.env);
  const pip = options.wheels === undefined ? await findPip(options.env) : undefined;
  await requireSpace(folder, source.needs.during, options.statfs);
  await mkdir(folder, { recursive: true });
  const release = await lockInstallation(folder);
  const work = join(folder, `.installing-${process.pid}`);
  try {
    await removeLeftovers(folder);
    await mkdir(work);
    const parts = { engine: join(work, 'engine'), headers: join(work, 'headers'), downloads: join(work, 'downloads') };
    for (const part of Object.values(parts)) await mkdir(part);
    const wheels = await fetchEngine({
      source,
      parts,
      pip,
      report,
      wheels: options.wheels,
      signal: options.signal,
      env: options.env,
      record: options.record,
    });
    report({ step: 'compile', message: `the binding, with ${compiler}` });
    await compileBinding(parts.engine, {
      compiler,
      source,
      include: join(parts.headers, 'include'),
      signal: options.signal,
    });
    report({ step: 'verify', message: 'a small computation, in a process of its own' });
    const version = await verify(parts.engine, options.signal);
    const manifest = await writeManifest(parts.engine, { source, version, wheels });
    const dir = join(folder, source.id);
    await replace(parts.engine, dir, work);
    report({ step: 'done', message: dir });
    return { dir, manifest };
  } finally {
    await rm(work, { recursive: true, force: true });
    await release();
  }
}

function sourceFor(variant: EngineVariant): EngineSource {
  const source = sourceOf(variant);
  if (source) return source;
  const here = `${process.platform}-${process.arch}`;
  throw new AppError('engine', `TensorFlow has no ${variant === 'gpu' ? 'GPU ' : ''}wheel for ${here}.`, {
    hint:
      process.platform === 'win32'
        ? 'Use WSL2 with the Linux engine, or WASM.'
        : variant === 'gpu'
          ? 'Try --cpu.'
          : 'Vitrine runs on WASM here.',
  });
}

async function verify(dir: string, signal: AbortSignal | undefined): Promise<string> {
  const result = await selftestEngine({ kind: 'tensorflow', dir }, { force: true, signal });
  if (signal?.aborted) throw new AppError('interrupted', 'The installation was stopped.');
  if ('error' in result) throw new AppError('engine', `The new engine does not work: ${result.error.message}`);
  const failed = result.checks.filter((check) => !check.pass);
  if (failed.length > 0) {
    const list = failed.map(
      (check) => `${check.name} differs by ${check.largestDifference} (allowed ${check.tolerance})`,
    );
    throw new AppError('engine', `The new engine computes wrongly: ${list.join('; ')}.`, {
      details: { checks: result.checks },
    });
  }
  return result.engine.version;
}

/** Puts the finished folder in place of an older one, by renaming only. */
async function replace(finished: string, dir: string, work: string): Promise<void> {
  await rename(dir, join(work, 'replaced')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(finished, dir);
}

/** What installations that were killed left behind. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^\.installing-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && (Number(pid) === process.pid || !isRunning(Number(pid)))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Whether an engine of this variant is installed and whole. */
export async function isInstalled(variant: EngineVariant, folder = enginesFolder()): Promise<boolean> {
  const source = sourceOf(variant);
  return source !== undefined && 'manifest' in (await checkEngine(join(folder, source.id)));
}

/**
 * Removes an engine's folder. The manifest goes first, so that an interrupted removal is not taken for an engine.
 * @throws AppError `not_found`
 */
export async function removeEngine(id: string, folder = enginesFolder()): Promise<string> {
  const names = (await readdir(folder).catch(() => [] as string[])).filter((name) => !name.startsWith('.'));
  if (!names.includes(id)) {
    throw new AppError('not_found', `No engine "${id}" is installed.`, {
      hint: names.length > 0 ? `Installed: ${names.join(', ')}.` : `${folder} holds none.`,
    });
  }
  const dir = join(folder, id);
  await rm(join(dir, 'engine.json'), { force: true });
  await rm(dir, { recursive: true, force: true });
  return dir;
}
