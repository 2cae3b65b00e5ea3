import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OUTLIVES } from '../../src-shared/contract/worker.ts';
import type { StartOptions, WorkerProcess } from './worker-process.ts';

const ENTRY = fileURLToPath(new URL('../../src-worker/main.ts', import.meta.url));

/** A worker by Node's own fork: what every host but Electron uses. */
export function forkWorker({ env, outlives }: StartOptions): WorkerProcess {
  const log = outlives === null ? null : openSync(outlives.log, 'w', 0o600);
  const child = fork(ENTRY, outlives === null ? [] : [OUTLIVES], {
    env,
    serialization: 'advanced',
    stdio: ['ignore', log ?? 'pipe', log ?? 'pipe', 'ipc'],
    execArgv: [],
    // A group of its own: Ctrl-C in main's terminal is not meant for it.
    detached: outlives !== null,
  });
  if (log !== null) closeSync(log);
  return {
    pid: child.pid,
    port: {
      on: (event, callback) => {
        if (event === 'message') child.on('message', (data) => callback({ data }));
      },
      postMessage: (data) => {
        if (child.connected) child.send(data as never, () => {});
      },
    },
    output: [child.stdout, child.stderr].filter((stream) => stream !== null),
    onEnd(callback) {
      child.once('error', (error) => callback({ error }));
      // 'close' and not 'exit': only then its last words are all here.
      child.once('close', (code, signal) => callback({ code, signal }));
    },
    kill: () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    },
    release: () => {
      if (child.connected) child.disconnect();
      child.unref();
    },
  };
}
