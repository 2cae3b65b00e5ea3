import type { EngineStatus } from '../../../src-shared/contract/engine.ts';
import { listEngines, resolveEngine } from './engines.ts';
import { enginesFolder } from './home.ts';
import { selftestEngine } from './selftest.ts';
import { sourceOf, VARIANTS } from './sources.ts';

/**
 * Loads the chosen engine in a process of its own and reports what it says: nothing here is assumed.
 * @throws AppError as resolveEngine does.
 */
export async function engineStatus(): Promise<EngineStatus> {
  const choice = await resolveEngine();
  const { whole } = await listEngines();
  const tested = await selftestEngine(choice);
  const common = {
    gpu: choice.gpu,
    installed: whole.map(({ dir, manifest: { id, version, device, installedAt } }) => ({
      id,
      version,
      device,
      dir,
      installedAt,
    })),
    folder: enginesFolder(),
    available: VARIANTS.flatMap((variant) => {
      const source = sourceOf(variant);
      if (!source) return [];
      const { id, download, needs } = source;
      return [{ id, variant, downloadBytes: download, duringBytes: needs.during, afterBytes: needs.after }];
    }),
  };
  if ('error' in tested) return { ok: false, engine: null, error: tested.error, notTaken: choice.reasons, ...common };
  const { engine, loadMilliseconds } = tested;
  const notTaken = [...choice.reasons];
  const fellBack = engine.kind !== choice.kind;
  if (fellBack) {
    const wasm = notTaken.findIndex((reason) => reason.engine === 'wasm');
    if (wasm >= 0) notTaken.splice(wasm, 1);
    const isInstalled = whole.some((item) => item.dir === choice.dir);
    const todo = isInstalled ? `vitrine engine remove ${choice.id}, then install it again` : 'unset VITRINE_ENGINE_DIR';
    notTaken.unshift({ engine: choice.id, why: engine.reason, todo });
  } else if (choice.gpu.present && choice.device === 'gpu' && !engine.devices.some((device) => device.type === 'GPU')) {
    notTaken.unshift({
      engine: 'the GPU',
      why: `${choice.gpu.why}, but TensorFlow does not see it`,
      todo: "update NVIDIA's driver (CUDA 12 needs 525 or later)",
    });
  }
  return {
    ok: tested.ok && !fellBack,
    engine: {
      ...engine,
      reason: fellBack ? engine.reason : choice.why,
      id: fellBack ? 'wasm' : choice.id,
      dir: fellBack ? null : choice.dir,
      loadMilliseconds,
    },
    error: tested.ok ? null : { code: 'engine', message: wrongNumbers(tested.checks) },
    notTaken,
    ...common,
  };
}

function wrongNumbers(checks: { name: string; largestDifference: number; tolerance: number; pass: boolean }[]): string {
  const failed = checks.filter((check) => !check.pass);
  return `the engine computes wrongly: ${failed.map((c) => `${c.name} differs by ${c.largestDifference}`).join('; ')}`;
}
