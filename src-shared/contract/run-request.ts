import type { RunConfig } from '../config/run-config.ts';

/** What a person asked for. Paths are absolute. */
export interface RunRequest {
  name: string;
  /** ISO 8601. */
  createdAt: string;
  /** Who looks after the worker: a host that it outlives, or the command line that it ends with. */
  owner: 'host' | 'cli';
  preset: string | null;
  /** As `--config.field=value` says them. */
  overrides: string[];
  config: RunConfig;
  /** The file to start from. */
  checkpoint: string;
  /** Folder or file of images; a data set of the library by its name. */
  dataset: string;
  /** What the library calls it; absent where it has none there. */
  datasetName?: string;
  skipBad: boolean;
  /** Go on with a run of vit_jax: with its momentum and its step. */
  continueRun: boolean;
  allowNan: boolean;
  /** Null: all cores, or as the run began. */
  threads: number | null;
  /** It was finished, and goes on to a larger total_steps. */
  extend?: boolean;
  /** It began with another run's saved state. */
  branch?: { workdir: string; step: number | null };
}
