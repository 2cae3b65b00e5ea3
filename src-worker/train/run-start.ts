import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import type { TrainingPoint } from '../checkpoints/read-flax.ts';
import type { Engine } from '../engine/runtime.ts';
import type { RunRecord, SavedState } from './run-files.ts';
import type { RunContext } from './run-record.ts';

/** What a training begins with, known before its workdir is touched. */
export interface Start {
  context: RunContext;
  checkpoint: Checkpoint;
  /** Of the model that is trained. */
  architecture: Architecture;
  /** Names of the parameters that learn. */
  trained: readonly string[];
  /** Momentum and step of the run that goes on; null for one that begins. */
  continued: Pick<TrainingPoint, 'trace' | 'step'> | null;
  preprocessing: Preprocessing;
  /** What a person should know of it. */
  notes: string[];
}

/** A training from where its workdir stands, as far as memory allows. */
export interface Attempt extends Start {
  engine: Engine;
  record: RunRecord;
  /** That the batch is computed in. */
  parts: number;
  /** The newest saved state; null before the first. */
  resumed: SavedState | null;
}
