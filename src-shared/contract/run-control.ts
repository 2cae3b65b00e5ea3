import type { TrainEvent } from './worker.ts';

/**
 * What a training process answers on its own socket, whoever started it. Requests are read between steps. What must not
 * be lost (metrics, checkpoints, the end) is in the run's files; the stream here is what hurries ahead of them.
 */
export interface RunControl {
  status(): Promise<RunControlStatus>;
  /** From now on. */
  events(): Promise<AsyncGenerator<TrainEvent, void>>;
  /** Save after this step and end; the run can go on later. */
  pause(): Promise<void>;
  /** End after this step. Without `keep` nothing is saved and the training states go. */
  stop(input: { keep: boolean }): Promise<void>;
  /** Score the test split after this step. */
  evaluateNow(): Promise<void>;
}

export interface RunControlStatus {
  pid: number;
  phase: string;
  step: number;
  totalSteps: number;
}
