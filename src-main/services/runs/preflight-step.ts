import type { MemoryEstimate } from '../../../src-shared/contract/checkpoints.ts';
import { memoryTaskOf } from '../../../src-shared/contract/memory-task.ts';
import type { PreflightCheck } from '../../../src-shared/contract/preflight.ts';
import type { RunConfig } from '../../../src-shared/config/run-config.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import type { DeviceLease } from '../../workers/device-broker.ts';
import { megabytes } from './preflight-checks.ts';
import type { PreflightOptions } from './preflight-options.ts';
import type { preflightReport } from './preflight-report.ts';

interface StepToTry {
  config: RunConfig;
  /** That is trained. */
  architecture: Architecture;
  checkpoint: string;
  classes: number;
  threads: number | null;
  name: string;
}

interface TryOptions {
  report: ReturnType<typeof preflightReport>;
  options: PreflightOptions;
  signal: AbortSignal;
}

const STATES = { fits: 'passed', tight: 'note', no: 'failed' } as const;

/**
 * Runs one step as the run would, where no training has the device, and says what it took. Without it the estimate stands.
 * While it goes, a training that is queued waits for it.
 */
export async function tryStep(run: StepToTry, { report, options, signal }: TryOptions): Promise<void> {
  const lease = options.broker.tryTrain(`Preflight of ${run.name}`);
  try {
    const parts = await partsOf(run, lease, { report, options, signal });
    if (parts === null) return;
    const task = memoryTaskOf(run.config, run.architecture, parts);
    const estimate = await options.memory.estimate(task);
    report.result.memory = estimate;
    const why = reasonAgainst(estimate, lease, options);
    if (why !== null) {
      report.add(memoryCheck(estimate));
      report.add({ name: 'step', state: 'note', text: why });
      return;
    }
    let memory = memoryCheck(estimate);
    await report.attempt('step', async () => {
      const probe = await options.memory.probe(task, signal).catch((error: unknown) => {
        // Where it can't be measured (a GPU, so far) nothing is wrong with the run.
        if (error instanceof AppError && error.code === 'engine' && estimate.device.kind === 'gpu') return error;
        throw error;
      });
      if (probe instanceof AppError) return { value: null, text: probe.message, state: 'note' };
      const { stepSeconds, firstSeconds, measuredBytes, corrected } = probe;
      const imagesPerSecond = task.batch / stepSeconds;
      report.result.memory = corrected;
      memory = memoryCheck(corrected);
      report.result.measured = {
        updateSeconds: task.mode === 'train' ? stepSeconds * parts : null,
        imagesPerSecond,
        firstSeconds,
        bytes: measuredBytes,
      };
      const took = `A step of ${task.batch.toLocaleString('en')} images took ${seconds(stepSeconds)}`;
      const speed = `${imagesPerSecond.toPrecision(3)} img/s`;
      const text = `${took} (${speed}) and ${megabytes(measuredBytes)}; the first, which compiles, ${seconds(firstSeconds)}.`;
      return { value: null, text };
    });
    report.result.checks.splice(-1, 0, { hint: null, field: null, ...memory });
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
    report.fail('memory', error);
  } finally {
    lease?.release();
  }
}

/** Parts of a batch; where the run is to find them out, as it will. Null where none fit, which is reported. */
async function partsOf(
  { config, checkpoint, classes, threads }: StepToTry,
  lease: DeviceLease | null,
  { report, options, signal }: TryOptions,
): Promise<number | null> {
  const least = Math.max(1, config.accum_steps);
  if (!config.vitrine.auto_accum || lease === null) return least;
  const { env } = await options.environment({ threads, device: lease.device });
  const found = await options.memory.findParts(
    { config, checkpoint, classes },
    { environment: env, device: lease.device, signal, say: () => {} },
  );
  if (found) report.add({ name: 'memory', state: 'note', text: found.note });
  return found?.parts ?? least;
}

/** Why no step is run, or null. */
function reasonAgainst(
  { verdict }: MemoryEstimate,
  lease: DeviceLease | null,
  { broker }: PreflightOptions,
): string | null {
  if (lease === null) {
    const busy = broker.training().map(({ device, label }) => `“${label}” trains on ${device}`);
    return `No step was run: ${busy.join(', ')}. The estimates stand.`;
  }
  return verdict === 'no' ? 'No step was run: by the estimate it doesn’t fit into memory.' : null;
}

function memoryCheck({ verdict, totalBytes, device }: MemoryEstimate): Pick<PreflightCheck, 'name' | 'state' | 'text'> {
  const words = { fits: 'It fits', tight: 'It is tight', no: 'It doesn’t fit' };
  const needs = `a step needs about ${megabytes(totalBytes)} of ${megabytes(device.freeBytes)} free on ${device.name}`;
  return { name: 'memory', state: STATES[verdict], text: `${words[verdict]}: ${needs}.` };
}

function seconds(value: number): string {
  return `${value.toPrecision(value < 1 ? 2 : 3)} s`;
}
