import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '../../../src-shared/errors.ts';
import type { Network } from '../network/service.ts';
import type { InstallProgress } from '../../../src-shared/contract/engine.ts';
import { cudaRequirements, isProgram, selectCuda } from './nvidia.ts';
import { downloadWheel } from './pip.ts';
import type { Pip } from './pip.ts';
import { TENSORFLOW_VERSION, wheelArguments } from './sources.ts';
import type { EngineSource } from './sources.ts';
import { unpackWheel } from './wheel.ts';

/** Of the headers, what tfjs-node's binding includes. */
const HEADERS = /^tensorflow\/include\/(?:tensorflow\/c\/|tensorflow\/core\/platform\/|tsl\/|xla\/tsl\/).*\.(?:h|inc)$/;

/** Network's `record`: what another program asks of other machines in our name. */
export type RecordRequest = Network['record'];

export interface FetchOptions {
  source: EngineSource;
  parts: { engine: string; headers: string; downloads: string };
  /** Undefined with `wheels`. */
  pip: Pip | undefined;
  wheels: string | undefined;
  signal: AbortSignal | undefined;
  report: (progress: InstallProgress) => void;
  env: NodeJS.ProcessEnv | undefined;
  record: RecordRequest | undefined;
}

/**
 * Brings the libraries into `parts.engine` and the headers into `parts.headers`, one wheel after the other; each
 * downloaded wheel is deleted once it is unpacked. Returns the wheels' names.
 */
export async function fetchEngine(options: FetchOptions): Promise<string[]> {
  const { source, parts } = options;
  const { cc, framework } = source.libraries;
  const wheels = [
    await fetchWheel(`${source.package}==${TENSORFLOW_VERSION}`, options, async (wheel) => {
      const found = await unpackWheel(wheel, parts.engine, {
        select: (name) =>
          name === `tensorflow/${cc}` || name === `tensorflow/${framework}` ? basename(name) : undefined,
        ...watch(wheel, options),
      });
      if (found.length !== 2) throw missingLibraries(wheel, [cc, framework]);
      await unpackWheel(wheel, parts.headers, {
        select: (name) =>
          HEADERS.test(name)
            ? name.slice('tensorflow/'.length)
            : name.endsWith('.dist-info/METADATA')
              ? 'METADATA'
              : undefined,
        signal: options.signal,
      });
    }),
  ];
  if (source.variant === 'cpu') return wheels;
  for (const requirement of await cudaRequirements(join(parts.headers, 'METADATA'))) {
    const wheel = await fetchWheel(requirement, options, async (file) => {
      const paths = await unpackWheel(file, parts.engine, { select: selectCuda, ...watch(file, options) });
      for (const path of paths.filter(isProgram)) await chmod(join(parts.engine, path), 0o755);
    });
    wheels.push(wheel);
  }
  return wheels;
}

async function fetchWheel(
  requirement: string,
  options: FetchOptions,
  unpack: (wheel: string) => Promise<void>,
): Promise<string> {
  const { source, parts, pip, report } = options;
  if (!pip) {
    const wheel = await findWheel(options.wheels!, requirement, source);
    await unpack(wheel);
    return basename(wheel);
  }
  const isLibrary = requirement.startsWith(`${source.package}==`);
  const total = isLibrary && source.variant === 'cpu' ? { total: source.download } : {};
  report({ step: 'download', message: requirement, done: 0, ...total });
  const entry = options.record?.({ address: `pip download ${requirement}`, purpose: 'engine installation' });
  let bytes = 0;
  const wheel = await downloadWheel(requirement, {
    pip,
    platforms: source.platforms,
    folder: parts.downloads,
    signal: options.signal,
    onBytes: (done) => report({ step: 'download', message: requirement, done: (bytes = done), ...total }),
    ...(options.env ? { env: options.env } : {}),
  }).catch((error: unknown) => {
    entry?.end({ status: null, bytes, error: error instanceof Error ? error.message : String(error) });
    throw error;
  });
  entry?.end({ status: null, bytes: (await stat(wheel)).size, error: null });
  await unpack(wheel);
  await rm(wheel);
  return basename(wheel);
}

function watch(wheel: string, { signal, report }: FetchOptions) {
  const message = basename(wheel);
  return { signal, onBytes: (done: number, total: number) => report({ step: 'unpack', message, done, total }) };
}

/** A wheel of the folder that fits the requirement's name and version, and this platform. */
async function findWheel(folder: string, requirement: string, source: EngineSource): Promise<string> {
  const [, name = '', version = ''] = /^([A-Za-z0-9_-]+)(?:==([\d.]+))?/.exec(requirement) ?? [];
  const start = `${name.replaceAll('-', '_')}-${version}`;
  const arch = source.platforms[0]!.replace(/^(manylinux|macosx)_\d+_\d+_/, '');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new AppError('not_found', `The folder of wheels ${folder} can't be read: ${error.code}.`);
  });
  const fits = (file: string) => file.startsWith(version ? `${start}-` : start) && file.endsWith(`${arch}.whl`);
  const found = names.filter(fits).sort().at(-1);
  if (found) return join(folder, found);
  throw new AppError('not_found', `${folder} holds no wheel of ${requirement} for ${arch}.`, {
    hint: `Fetch it with: pip download ${wheelArguments(source.platforms).join(' ')} -d ${folder} "${requirement}"`,
  });
}

function missingLibraries(wheel: string, names: string[]): AppError {
  return new AppError('bad_file', `${basename(wheel)} does not hold ${names.join(' and ')}.`, {
    hint: 'It is not the TensorFlow wheel that was asked for.',
  });
}
