import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { OUTLIVES } from '../../src-shared/contract/worker.ts';
import { programFile } from '../places.ts';
import type { StartOptions, WorkerProcess } from './worker-process.ts';

/** A process by Node's own fork: what every host but Electron uses. */
export function forkProcess({ program, env, outlives }: StartOptions): WorkerProcess {
  const log = outlives === null ? null : openSync(outlives.log, 'w', 0o600);
  const child = fork(programFile(program), outlives === null ? [] : [OUTLIVES], {
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
