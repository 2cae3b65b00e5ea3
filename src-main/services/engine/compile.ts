import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../../src-shared/errors.ts';
import { onDisk } from '../../places.ts';
import { BINDING_FILE } from './manifest.ts';
import type { EngineSource } from './sources.ts';

const COMPILERS = ['g++', 'c++', 'clang++'];
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];

/**
 * The first C++ compiler that starts; `CXX` is asked before the usual names.
 * @throws AppError `engine` when there is none, saying what to install.
 */
export async function findCompiler(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const names = env.CXX ? [env.CXX, ...COMPILERS] : COMPILERS;
  for (const name of names) {
    try {
      await promisify(execFile)(name, ['--version'], { env, timeout: 20_000 });
      return name;
    } catch {
      // The next one.
    }
  }
  throw new AppError(
    'engine',
    `No C++ compiler is on this machine (tried ${names.join(', ')}), and TensorFlow's binding must be compiled.`,
    {
      hint:
        process.platform === 'darwin'
          ? 'Install the command line tools: xcode-select --install'
          : 'Install one: "apt install g++", "dnf install gcc-c++" or the like. Until then Vitrine runs on WASM.',
    },
  );
}

export interface CompileOptions {
  compiler: string;
  source: EngineSource;
  /** TensorFlow's headers. */
  include: string;
  signal?: AbortSignal | undefined;
}

/**
 * Compiles tfjs-node's binding against the libraries in `folder` into `folder/tfjs_binding.node`; it finds them
 * beside itself when it is loaded. About 10 s.
 * @throws AppError `engine` with the compiler's first error; `interrupted`.
 */
export async function compileBinding(folder: string, options: CompileOptions): Promise<void> {
  const require = createRequire(import.meta.url);
  const binding = onDisk(join(dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding'));
  const nodeApi = onDisk(join(dirname(require.resolve('node-api-headers/package.json')), 'include'));
  const mac = process.platform === 'darwin';
  const { cc, framework } = options.source.libraries;
  const args = [
    ...[
      '-std=c++17',
      '-O2',
      '-fPIC',
      mac ? '-dynamiclib' : '-shared',
      ...(mac ? ['-undefined', 'dynamic_lookup'] : []),
    ],
    ...['-DNAPI_VERSION=8', '-I', nodeApi, '-I', options.include],
    ...SOURCES.map((name) => join(binding, name)),
    ...['-o', join(folder, BINDING_FILE), join(folder, cc), join(folder, framework)],
    mac ? '-Wl,-rpath,@loader_path' : '-Wl,-rpath,$ORIGIN',
  ];
  try {
    const limits = { timeout: 600_000, maxBuffer: 1e8, ...(options.signal ? { signal: options.signal } : {}) };
    await promisify(execFile)(options.compiler, args, limits);
  } catch (error) {
    if (options.signal?.aborted) throw new AppError('interrupted', 'Compiling was stopped.');
    const said = String((error as { stderr?: string }).stderr ?? error).split('\n');
    const first = said.find((line) => /error/i.test(line)) ?? said[0]!;
    throw new AppError('engine', `${options.compiler} could not compile TensorFlow's binding: ${first.trim()}`, {
      hint: 'A compiler for C++17 is needed (g++ 9 or clang 10 and later). CXX chooses another one.',
      details: { output: said.slice(0, 40) },
      cause: error,
    });
  }
}
