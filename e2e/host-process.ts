import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { Client } from '../src-main/app/in-process.ts';

const ENTRY = join(import.meta.dirname, 'host.ts');

/** A host as a process of its own, with the contract over its channel. */
export interface Host {
  client: Client;
  pid: number;
  /** From the start of the process to its first answer, ms. */
  startMilliseconds: number;
  /** What standard error holds so far. */
  stderr: () => string;
  ended: Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const started = new Set<ChildProcess>();
process.once('exit', () => started.forEach((child) => child.kill('SIGKILL')));

/** @param home the library's folder */
export async function startHost(home: string): Promise<Host> {
  const begin = performance.now();
  const child = fork(ENTRY, [], {
    env: { ...process.env, VITRINE_HOME: home },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  started.add(child);
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      started.delete(child);
      resolve();
    }),
  );
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    void ended.then(() => reject(new Error(`the host ended at its start:\n${stderr}`)));
  });
  const port = {
    on: (event: string, callback: (event?: { data: unknown }) => void): void => {
      if (event === 'message') child.on('message', (data) => callback({ data }));
      if (event === 'close') child.on('exit', () => callback());
    },
    postMessage: (data: unknown): void => {
      if (child.connected) child.send(data as never, () => {});
    },
  };
  const client = createORPCClient<Client & Record<string, never>>(new RPCLink({ port })) as unknown as Client;
  await client.system.status();
  return {
    client,
    pid: child.pid!,
    startMilliseconds: performance.now() - begin,
    stderr: () => stderr,
    ended,
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
