import type {
  CompiledPrograms,
  EngineSelftest,
  EngineStatus,
  InstallProgress,
} from '../../../src-shared/contract/engine.ts';
import { clearCompiled, compiledPrograms } from './compiled.ts';
import { resolveEngine } from './engines.ts';
import { workerEnvironment } from './environment.ts';
import type { RecordRequest } from './fetch.ts';
import { detectGpu } from './gpu.ts';
import { installEngine, isInstalled, removeEngine } from './install.ts';
import { selftestEngine } from './selftest.ts';
import { isSupported } from './sources.ts';
import type { EngineVariant } from './sources.ts';
import { rememberedStatus } from './remembered-status.ts';

export interface InstallRequest {
  /** By default the GPU's where there is one. */
  variant?: EngineVariant | undefined;
  /** A folder of wheels to take instead of the network. */
  wheels?: string | undefined;
}

export interface EngineService {
  /** @throws AppError as choosing an engine does */
  status: () => Promise<EngineStatus>;
  /** Progress as it comes; the last step is "done". Given up, nothing is left behind. @throws AppError */
  install(request: InstallRequest, signal: AbortSignal): AsyncGenerator<InstallProgress, void>;
  /** Whether an installation would take the place of an engine that is there. */
  wouldReplace(request: InstallRequest): Promise<boolean>;
  /** @throws AppError not_found */
  remove(id: string): Promise<{ id: string; dir: string }>;
  selftest(): Promise<EngineSelftest>;
  /** What workers keep of what XLA compiled. */
  compiled(): Promise<CompiledPrograms>;
  /** Deletes it. @returns what was there */
  clearCompiled(): Promise<CompiledPrograms>;
}

/** The engines of this machine. @param record writes down what pip is about to ask for, and refuses offline */
export function createEngineService(record?: RecordRequest): EngineService {
  const status = rememberedStatus();
  return {
    status,
    async *install({ variant, wheels }, signal) {
      const chosen = await variantOf(variant);
      const abort = new AbortController();
      const steps: InstallProgress[] = [];
      let wake: (() => void) | undefined;
      let over = false;
      const installing = installEngine({
        variant: chosen,
        wheels,
        ...(record ? { record } : {}),
        signal: AbortSignal.any([signal, abort.signal]),
        onProgress: (step) => {
          // Bytes come by the thousand: a reader that is slow gets the newest.
          if (steps.at(-1)?.step === step.step && steps.at(-1)?.message === step.message) steps.pop();
          steps.push(step);
          wake?.();
        },
      }).finally(() => {
        over = true;
        wake?.();
      });
      installing.catch(() => {}); // awaited below
      try {
        while (!over || steps.length > 0) {
          while (steps.length > 0) yield steps.shift()!;
          if (!over) await new Promise<void>((resolve) => (wake = resolve));
        }
        await installing;
      } finally {
        abort.abort(); // the reader has gone
        await installing.catch(() => {});
      }
    },
    wouldReplace: async ({ variant }) => isInstalled(await variantOf(variant)),
    async remove(id) {
      return { id, dir: await removeEngine(id) };
    },
    selftest: async () => selftestEngine(await resolveEngine()),
    compiled: () => compiledPrograms(),
    clearCompiled: () => clearCompiled(),
  };
}

async function variantOf(wanted: EngineVariant | undefined): Promise<EngineVariant> {
  return wanted ?? (isSupported('gpu') && (await detectGpu()).present ? 'gpu' : 'cpu');
}

/** The environment of a process that computes on the engine of this machine. @throws AppError engine, usage */
export async function computeEnvironment(): Promise<NodeJS.ProcessEnv> {
  return workerEnvironment(await resolveEngine());
}
