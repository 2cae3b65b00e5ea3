import { PLAIN_STEP } from '../../src-shared/models/training-step.ts';
import type { Memory } from '../services/memory/service.ts';
import type { AskForPlace } from '../services/scoring/service.ts';
import type { DeviceBroker } from '../workers/device-broker.ts';

/**
 * Evaluations and predictions ask the broker: alone they begin at once, beside a training when the memory that they are
 * estimated to take is free, and otherwise when it is.
 */
export function inferencePlace({ broker, memory }: { broker: DeviceBroker; memory: Memory }): AskForPlace {
  return async ({ label, architecture, batch, signal, onWait }) => {
    const alone = broker.training().length === 0;
    const bytes = alone ? null : await estimated(memory, { architecture, batch });
    return broker.infer({ label, memory: bytes, signal, ...(onWait ? { onWait } : {}) });
  };
}

/** Bytes; null where it can't be estimated. */
async function estimated(
  memory: Memory,
  { architecture, batch }: Pick<Parameters<AskForPlace>[0], 'architecture' | 'batch'>,
): Promise<number | null> {
  return memory.estimate({ ...PLAIN_STEP, train: 'all', architecture, mode: 'predict', batch, accumSteps: 1 }).then(
    ({ totalBytes }) => totalBytes,
    () => null,
  );
}
