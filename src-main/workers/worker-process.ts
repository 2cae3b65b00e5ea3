import type { Readable } from 'node:stream';
import type { Program } from '../places.ts';

/** How a worker process ended. */
export interface WorkerExit {
  code: number | null;
  signal: string | null;
}

/** What oRPC's message-port adapter needs. */
export interface WorkerPort {
  on(event: string, callback: (event?: { data: unknown }) => void): void;
  postMessage(data: unknown): void;
}

/**
 * A worker process as main sees it, whichever way the host makes one: Node's fork (which may outlive main) or Electron's
 * utilityProcess (which never does). Nothing may be posted to the port from within `onEnd`: Electron forbids it.
 */
export interface WorkerProcess {
  readonly pid: number | undefined;
  readonly port: WorkerPort;
  /** Standard output and standard error; empty where they go to a file. */
  readonly output: readonly Readable[];
  /** Once: it ended, its output complete; or could not be started. */
  onEnd(callback: (end: WorkerExit | { error: Error }) => void): void;
  /** Ends it at once. */
  kill(): void;
  /** Lets one that outlives main go on by itself; this process no longer waits for it. */
  release(): void;
}

export interface StartOptions {
  program: Program;
  env: NodeJS.ProcessEnv;
  /**
   * Goes on when main ends, in a process group of its own, its output in this file; where the host can't have that
   * (Electron), it ends with main all the same. Null: it ends with main.
   */
  outlives: { log: string } | null;
}

/** Starts one of Vitrine's programs in a process of its own. */
export type StartProcess = (options: StartOptions) => WorkerProcess;
