import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import type { DeviceBroker } from '../../workers/device-broker.ts';
import type { LibraryPaths } from '../library/service.ts';
import type { Memory } from '../memory/service.ts';
import type { TrainingEnvironment } from './attempt.ts';
import type { PrepareImages } from './request.ts';

/** What a preflight needs of the other services. */
export interface PreflightOptions {
  paths: LibraryPaths;
  broker: DeviceBroker;
  prepare: PrepareImages;
  environment: TrainingEnvironment;
  memory: Memory;
  /** All that is read in a checkpoint, its numbers too. */
  inspect: (path: string, signal?: AbortSignal) => Promise<Inspection>;
}
