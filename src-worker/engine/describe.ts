import type { EngineInfo } from '../../src-shared/contract/engine.ts';
import type { Engine } from './runtime.ts';

/** An engine as it is told to others: without the binding. */
export function describeEngine({ kind, version, devices, threads, reason }: Engine): EngineInfo {
  return { kind, version, devices, threads, reason };
}
