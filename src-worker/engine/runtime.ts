import type { EngineInfo, EngineKind } from '../../src-shared/contract/engine.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { TFJSBinding } from './binding.ts';
import { cpuDevice, gpuDevices } from './devices.ts';
import { prepareEnvironment } from './environment.ts';
import { identifyCompiled, openCompiledCache } from './open-compiled-cache.ts';
import { setXlaFlags } from './xla-flags.ts';

/** The engine of this process. */
export interface Engine extends EngineInfo {
  /** TensorFlow only. */
  binding?: TFJSBinding;
}

const loaded = new Map<EngineKind, Engine>();

/**
 * Loads the engine of this process and makes it tfjs's backend. `VITRINE_ENGINE_DIR` is the folder of the TensorFlow
 * that the starter of this process chose; unset means WASM. `VITRINE_ENGINE` (or `force`) insists on one: without it,
 * a TensorFlow that doesn't load is replaced by WASM and `reason` says why.
 * May be called again: the same engine comes back, as tfjs's backend.
 * @throws AppError `engine` when the engine insisted on can't be loaded; `usage` for an unknown VITRINE_ENGINE.
 */
export async function loadEngine(force: EngineKind | undefined = forcedKind()): Promise<Engine> {
  const directory = process.env.VITRINE_ENGINE_DIR;
  if (force === 'wasm') return wasmEngine('asked for (VITRINE_ENGINE=wasm)');
  if (!directory) {
    if (force === 'tensorflow') throw missingTensorFlow('no TensorFlow is installed (VITRINE_ENGINE_DIR is not set)');
    return wasmEngine('no TensorFlow is installed ("vitrine engine install" does that)');
  }
  try {
    return await tensorflowEngine(directory);
  } catch (cause) {
    const why = `TensorFlow in ${directory} doesn't load: ${firstLine(cause)}`;
    if (force === 'tensorflow') throw missingTensorFlow(why, cause);
    return wasmEngine(why);
  }
}

async function tensorflowEngine(directory: string): Promise<Engine> {
  const threads = prepareEnvironment();
  return activate('tensorflow', async () => {
    const { loadTensorFlow } = await import('./tensorflow.ts');
    openCompiledCache();
    const binding = await loadTensorFlow(directory);
    setXlaFlags(binding.TF_Version);
    identifyCompiled({ directory, version: binding.TF_Version, threads });
    const gpus = binding.isUsingGpuDevice() ? await gpuDevices() : [];
    const reason = gpus.length > 0 ? 'TensorFlow is installed and sees a GPU' : 'TensorFlow is installed';
    return {
      kind: 'tensorflow',
      version: binding.TF_Version,
      devices: [...gpus, cpuDevice()],
      threads,
      reason,
      binding,
    };
  });
}

async function wasmEngine(reason: string): Promise<Engine> {
  const engine = await activate('wasm', async () => {
    const { loadWasm } = await import('./wasm.ts');
    return { kind: 'wasm', version: await loadWasm(), devices: [cpuDevice()], threads: { intra: 1, inter: 1 }, reason };
  });
  return { ...engine, reason };
}

async function activate(kind: EngineKind, load: () => Promise<Engine>): Promise<Engine> {
  const known = loaded.get(kind);
  if (known) {
    const tf = await import('@tensorflow/tfjs-core');
    await tf.setBackend(kind);
    return known;
  }
  const engine = await load();
  loaded.set(kind, engine);
  return engine;
}

function forcedKind(): EngineKind | undefined {
  const value = process.env.VITRINE_ENGINE;
  if (value === undefined || value === '') return undefined;
  if (value === 'tensorflow' || value === 'wasm') return value;
  throw new AppError('usage', `VITRINE_ENGINE is "${value}".`, { hint: 'It may be "tensorflow" or "wasm".' });
}

function missingTensorFlow(why: string, cause?: unknown): AppError {
  return new AppError('engine', `VITRINE_ENGINE=tensorflow, but ${why}.`, {
    hint: 'Run "vitrine engine install", or unset VITRINE_ENGINE to fall back to WASM.',
    cause,
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
