import type { RunChange, RunEvent } from '../../../src-shared/contract/runs.ts';
import type { TrainEvent, TrainResult } from '../../../src-shared/contract/worker.ts';
import { linkRun } from '../../workers/run-link.ts';
import type { RunLink } from '../../workers/run-link.ts';
import type { DeviceLease } from '../../workers/device-broker.ts';

export type Progress = Omit<Extract<RunChange, { type: 'progress' }>, 'type'>;
export type Phase = Extract<TrainEvent, { type: 'phase' }>['phase'];

/** Who follows an attempt to its end. */
export interface Follower {
  tell: (event: RunEvent) => void;
  done: (result: TrainResult) => void;
  failed: (error: unknown) => void;
}

/** What this process knows of a run beyond what its folder says; gone with the process, and nothing is lost then. */
export interface Live {
  /** Prepares or trains: aborted, it pauses. */
  attempt: AbortController | null;
  /** Its worker is this process's child and has begun. */
  begun: boolean;
  progress: Progress | null;
  phase: Phase | null;
  followers: Set<Follower>;
  /** Ends the watching of its folder; null while nobody does. */
  unwatch: (() => void) | null;
  watchers: number;
  /** To a process that another main started. */
  link: RunLink | 'connecting' | null;
  /** Of a training that was there before this process. */
  lease: DeviceLease | null;
}

export function newLive(): Live {
  return {
    attempt: null,
    begun: false,
    progress: null,
    phase: null,
    followers: new Set(),
    unwatch: null,
    watchers: 0,
    link: null,
    lease: null,
  };
}

/** Hears from a process that this one didn't start what hurries ahead of its files. Silent where it can't be reached. */
export async function listenTo(live: Live, socket: string, onEvent: (event: TrainEvent) => void): Promise<void> {
  if (live.link !== null) return;
  live.link = 'connecting';
  const link = await linkRun(socket);
  if (link === null || live.link !== 'connecting') {
    link?.close();
    live.link = null;
    return;
  }
  live.link = link;
  void link.closed.then(() => (live.link = null));
  try {
    for await (const event of await link.control.events()) onEvent(event);
  } catch {
    // The process ended, or the link was closed: its files say the rest.
  }
}

/** Ends what was made for it. */
export function letGo(live: Live): void {
  live.unwatch?.();
  live.unwatch = null;
  if (live.link === 'connecting') live.link = null;
  else live.link?.close();
}
