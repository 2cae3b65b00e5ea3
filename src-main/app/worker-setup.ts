import { resolveEngine } from '../services/engine/engines.ts';
import { workerEnvironment } from '../services/engine/environment.ts';
import type { WorkerSetup } from '../services/memory/service.ts';

/**
 * Where a worker would compute now, for measurements: it compiles what it measures, as a first run would.
 * @param threads that a person has set; null for all cores
 */
export async function workerSetup(threads: number | null): Promise<WorkerSetup> {
  const choice = await resolveEngine();
  return {
    device: choice.kind === 'wasm' ? 'wasm' : choice.device === 'gpu' && choice.gpu.present ? 'gpu' : 'cpu',
    gpus: choice.gpu.present ? choice.gpu.names.length : 0,
    environment: {
      ...workerEnvironment(choice, threads === null ? {} : { threads }),
      VITRINE_COMPILED_DIR: '',
    },
  };
}
