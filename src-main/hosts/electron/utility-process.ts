import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { utilityProcess } from 'electron';
import { OUTLIVES } from '../../../src-shared/contract/worker.ts';
import { programFile } from '../../places.ts';
import type { StartOptions, WorkerExit, WorkerProcess } from '../../workers/worker-process.ts';

/** Of those that are there now: they end with the app. */
const pids = new Set<number>();

/** Whether a process is one of this app's own. */
export function isOwnProcess(pid: number | null): boolean {
  return pid !== null && pids.has(pid);
}

/**
 * A process by Electron's utilityProcess: the packaged app's binary doesn't run as Node (a fuse), so nothing can be
 * forked. It ends with the app, whatever `outlives` asks for.
 */
export function startUtility({ program, env, outlives }: StartOptions): WorkerProcess {
  const child = utilityProcess.fork(programFile(program), outlives === null ? [] : [OUTLIVES], {
    env: present(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    serviceName: `Vitrine ${program}`,
    // macOS: the engine is compiled on the person's machine, so nobody has signed it.
    allowLoadingUnsignedLibraries: true,
  });
  let pid: number | undefined;
  let gone = false;
  child.once('spawn', () => {
    pid = child.pid;
    if (pid !== undefined) pids.add(pid);
  });
  child.once('exit', () => {
    gone = true;
    if (pid !== undefined) pids.delete(pid);
  });
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null) as Readable[];
  if (outlives !== null) {
    const log = createWriteStream(outlives.log, { mode: 0o600 });
    log.on('error', () => {}); // a full disk must not end the app
    for (const stream of streams) stream.pipe(log, { end: false });
    child.once('exit', () => log.end());
  }
  return {
    get pid() {
      return pid ?? child.pid;
    },
    port: {
      on: (event, callback) => {
        if (event === 'message') child.on('message', (data: unknown) => callback({ data }));
      },
      postMessage: (data) => {
        if (!gone) child.postMessage(data);
      },
    },
    output: outlives === null ? streams : [],
    onEnd(callback) {
      child.once('exit', (code) => {
        // Later and not now: posting from within this listener crashes Electron, and its last words are still coming.
        void closed(streams).then(() => setImmediate(() => callback(exitOf(code))));
      });
    },
    kill() {
      const id = pid ?? child.pid;
      if (gone) return;
      // Electron's own kill is SIGTERM, which a training takes for "save, then end".
      try {
        if (id === undefined) child.once('spawn', () => process.kill(child.pid!, 'SIGKILL'));
        else process.kill(id, 'SIGKILL');
      } catch {
        child.kill();
      }
    },
    release() {}, // there is no letting go
  };
}

/** POSIX hands on what waitpid said: a bare signal's number for a process that one ended. */
function exitOf(code: number): WorkerExit {
  const killed = process.platform !== 'win32' && (code === 9 || code === 137);
  return killed ? { code: null, signal: 'SIGKILL' } : { code, signal: null };
}

/** Waits for the streams' ends, not for long. */
async function closed(streams: readonly Readable[]): Promise<void> {
  const ends = streams
    .filter((stream) => !stream.readableEnded && !stream.destroyed)
    .map((stream) => new Promise<void>((resolve) => stream.once('close', resolve)));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, 500)));
  await Promise.race([Promise.all(ends), late]);
  clearTimeout(timer);
}

function present(env: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
