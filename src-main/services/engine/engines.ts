import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { EngineKind } from '../../../src-shared/contract/engine.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { detectGpu } from './gpu.ts';
import type { GpuPresence } from './gpu.ts';
import { enginesFolder } from './home.ts';
import { checkEngine } from './manifest.ts';
import type { EngineManifest } from './manifest.ts';
import { isSupported } from './sources.ts';

export interface InstalledEngine {
  dir: string;
  manifest: EngineManifest;
}

/** A folder among the engines that isn't one. */
export interface BrokenEngine {
  id: string;
  dir: string;
  problem: string;
}

/** An engine that was not taken: why, and what to do about it. */
export interface NotTaken {
  engine: string;
  why: string;
  todo: string;
}

export interface EngineChoice {
  kind: EngineKind;
  /** Of the engine; null means WASM. */
  dir: string | null;
  id: string;
  device: 'cpu' | 'gpu';
  /** Why this one, as a clause. */
  why: string;
  reasons: NotTaken[];
  gpu: GpuPresence;
}

/** Every folder among the engines, whole or not. Installations under way (`.installing-*`) are not listed. */
export async function listEngines(
  folder = enginesFolder(),
): Promise<{ whole: InstalledEngine[]; broken: BrokenEngine[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const whole: InstalledEngine[] = [];
  const broken: BrokenEngine[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const dir = join(folder, entry.name);
    const checked = await checkEngine(dir);
    if ('manifest' in checked) whole.push({ dir, manifest: checked.manifest });
    else broken.push({ id: entry.name, dir, problem: checked.problem });
  }
  return { whole, broken };
}

/**
 * Chooses the engine for the processes that compute: a GPU engine where a GPU is, then TensorFlow on the CPU, then
 * WASM. `VITRINE_ENGINE_DIR` (a folder) and `VITRINE_ENGINE` (tensorflow or wasm) overrule it.
 * @throws AppError `engine` when TensorFlow is insisted on and not there; `usage` for an unknown VITRINE_ENGINE.
 */
export async function resolveEngine(env: NodeJS.ProcessEnv = process.env): Promise<EngineChoice> {
  const forced = env.VITRINE_ENGINE || undefined;
  if (forced !== undefined && forced !== 'tensorflow' && forced !== 'wasm') {
    throw new AppError('usage', `VITRINE_ENGINE is "${forced}".`, { hint: 'It may be "tensorflow" or "wasm".' });
  }
  const gpu = await detectGpu();
  const { whole, broken } = await listEngines(enginesFolder(env));
  const gpuEngine = newest(whole, 'gpu');
  const cpuEngine = newest(whole, 'cpu');
  // The GPU build computes on a CPU too, so it is still better than WASM.
  const best = gpu.present ? (gpuEngine ?? cpuEngine) : (cpuEngine ?? gpuEngine);
  const reasons = broken.map(describeBroken);

  if (forced === 'wasm') {
    for (const { manifest } of whole)
      reasons.push(notTaken(manifest.id, 'VITRINE_ENGINE=wasm', 'unset VITRINE_ENGINE'));
    return { ...wasm('VITRINE_ENGINE=wasm asks for it'), reasons, gpu };
  }
  if (env.VITRINE_ENGINE_DIR) {
    const why = 'VITRINE_ENGINE_DIR names its folder';
    for (const { dir, manifest } of whole) {
      if (dir !== env.VITRINE_ENGINE_DIR) reasons.push(notTaken(manifest.id, why, 'unset VITRINE_ENGINE_DIR'));
    }
    return { ...(await named(env.VITRINE_ENGINE_DIR)), why, reasons, gpu };
  }
  reasons.push(...aboutGpu({ gpu, gpuEngine, best }), ...aboutCpu({ cpuEngine, best }));
  if (best) {
    const force = 'set VITRINE_ENGINE=wasm to use it all the same';
    reasons.push(notTaken('wasm', 'it is slower than TensorFlow, which is installed', force));
    const why =
      best === gpuEngine && gpu.present ? `TensorFlow is installed and ${gpu.why}` : 'TensorFlow is installed';
    return { kind: 'tensorflow', dir: best.dir, id: best.manifest.id, device: best.manifest.device, why, reasons, gpu };
  }
  if (forced === 'tensorflow') {
    const found = broken.length > 0 ? `: ${broken.map((b) => `${b.dir} is not whole (${b.problem})`).join('; ')}` : '';
    throw new AppError('engine', `VITRINE_ENGINE=tensorflow, but no TensorFlow is installed${found}.`, {
      hint: 'Run "vitrine engine install", or unset VITRINE_ENGINE to fall back to WASM.',
    });
  }
  return { ...wasm('no TensorFlow is installed'), reasons, gpu };
}

function newest(engines: InstalledEngine[], device: 'cpu' | 'gpu'): InstalledEngine | undefined {
  const byVersion = (a: InstalledEngine, b: InstalledEngine) =>
    a.manifest.version.localeCompare(b.manifest.version, 'en', { numeric: true });
  return engines
    .filter((engine) => engine.manifest.device === device)
    .sort(byVersion)
    .at(-1);
}

/** An engine by its folder, which need not have a manifest (one that a developer put together). */
async function named(dir: string): Promise<Pick<EngineChoice, 'kind' | 'dir' | 'id' | 'device'>> {
  const checked = await checkEngine(dir);
  const { id, device } = 'manifest' in checked ? checked.manifest : { id: basename(dir), device: 'cpu' as const };
  return { kind: 'tensorflow', dir, id, device };
}

function wasm(why: string): Pick<EngineChoice, 'kind' | 'dir' | 'id' | 'device' | 'why'> {
  return { kind: 'wasm', dir: null, id: 'wasm', device: 'cpu', why };
}

function notTaken(engine: string, why: string, todo: string): NotTaken {
  return { engine, why, todo };
}

function describeBroken({ id, problem }: BrokenEngine): NotTaken {
  return notTaken(id, `it is not whole: ${problem}`, `vitrine engine remove ${id}, then vitrine engine install`);
}

interface Candidates {
  gpu: GpuPresence;
  gpuEngine: InstalledEngine | undefined;
  best: InstalledEngine | undefined;
}

function aboutGpu({ gpu, gpuEngine, best }: Candidates): NotTaken[] {
  if (gpuEngine && best === gpuEngine && gpu.present) return [];
  const engine = gpuEngine && best !== gpuEngine ? gpuEngine.manifest.id : 'tensorflow on a GPU';
  if (!isSupported('gpu')) {
    return [
      notTaken(
        engine,
        `TensorFlow has no GPU build for ${process.platform}-${process.arch}`,
        'use Linux x64 (WSL2 on Windows)',
      ),
    ];
  }
  if (!gpu.present) return [notTaken(engine, gpu.why, "nothing, or install NVIDIA's driver where there is a GPU")];
  return [notTaken(engine, `${gpu.why}, but its engine is not installed`, 'vitrine engine install --gpu')];
}

function aboutCpu({
  cpuEngine,
  best,
}: {
  cpuEngine: InstalledEngine | undefined;
  best: InstalledEngine | undefined;
}): NotTaken[] {
  if (cpuEngine && best === cpuEngine) return [];
  if (cpuEngine)
    return [notTaken(cpuEngine.manifest.id, 'the GPU comes first', 'hide the GPU with CUDA_VISIBLE_DEVICES=-1')];
  if (best) return [];
  if (!isSupported('cpu')) {
    return [
      notTaken(
        'tensorflow on the CPU',
        `TensorFlow has no build for ${process.platform}-${process.arch}`,
        'use WASM, or WSL2 on Windows',
      ),
    ];
  }
  return [notTaken('tensorflow on the CPU', 'it is not installed', 'vitrine engine install')];
}
