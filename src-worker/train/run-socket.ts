import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { os } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import * as v from 'valibot';
import { linePort } from '../../src-shared/contract/line-port.ts';
import type { RunControlStatus } from '../../src-shared/contract/run-control.ts';
import type { TrainEvent } from '../../src-shared/contract/worker.ts';

/** What a training process can be asked from outside. */
export interface ControlTarget {
  status(): RunControlStatus;
  /** Calls back for each event from now on; returns how to end that. */
  subscribe(listener: (event: TrainEvent) => void): () => void;
  stop(reason: 'pause' | 'stop' | 'discard'): void;
  evaluateNow(): void;
}

/** oRPC's messages as our client sends them: a call, with plain JSON; or 3 and 4: more of one, and its end. */
const requestSchema = v.union([
  v.object({
    i: v.union([v.string(), v.number()]),
    t: v.optional(v.literal(1)),
    p: v.strictObject({ u: v.pipe(v.string(), v.regex(/^\/[A-Za-z/]*$/)), b: v.optional(v.unknown()) }),
  }),
  v.object({ i: v.union([v.string(), v.number()]), t: v.picklist([3, 4]), p: v.optional(v.looseObject({})) }),
]);

/** The longest path that every system takes for a Unix socket (macOS: 104 bytes with the end). */
const LONGEST = 100;

/**
 * Where the process that trains in a workdir listens. Below the system's temporary folder, in one of this user's own
 * (0700): a workdir's own path may be longer than a socket's may be, or on a drive without sockets.
 * @returns null where there is no such place
 */
export function socketPath(workdir: string): string | null {
  const name = createHash('sha256').update(realpathSync(workdir)).digest('hex').slice(0, 20);
  if (process.platform === 'win32') return `\\\\.\\pipe\\vitrine-run-${name}`;
  const own = `vitrine-${userInfo().uid}`;
  for (const root of [tmpdir(), '/tmp']) {
    const folder = join(root, own);
    const path = join(folder, `${name}.sock`);
    if (Buffer.byteLength(path) <= LONGEST && isOwnFolder(folder)) return path;
  }
  return null;
}

/** Makes it where there is none; refuses one that others could write to. */
function isOwnFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/**
 * Listens for control. Only the process that holds the workdir's lock may: a socket left there is a dead one's.
 * @returns closes it and every connection; rejects where the system gives no socket
 */
export function listenForControl(path: string, target: ControlTarget): Promise<() => void> {
  const connections = new Set<Socket>();
  const handler = new RPCHandler(controlRouter(target));
  const server = createServer((socket) => {
    connections.add(socket);
    socket.setEncoding('utf8');
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => {}); // main may be gone at any moment; 'close' follows
    handler.upgrade(linePort(socket, (message) => v.is(requestSchema, message)));
  });
  if (process.platform !== 'win32') rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      if (process.platform !== 'win32') chmodSync(path, 0o600);
      server.on('error', () => {});
      resolve(() => {
        server.close();
        for (const socket of connections) socket.destroySoon();
      });
    });
    server.unref(); // it keeps no process
  });
}

function controlRouter(target: ControlTarget) {
  return {
    status: os.handler(() => target.status()),
    events: os.handler(async function* ({ signal }) {
      const waiting: TrainEvent[] = [];
      let wake = (): void => {};
      const end = target.subscribe((event) => {
        // One that reads too slowly loses what is shown and not kept.
        if (waiting.length < 1000) waiting.push(event);
        wake();
      });
      signal?.addEventListener('abort', () => wake(), { once: true });
      try {
        while (!signal?.aborted) {
          while (waiting.length > 0) yield waiting.shift()!;
          await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        end();
      }
    }),
    pause: os.handler(() => target.stop('pause')),
    stop: os.handler(({ input }) => target.stop((input as { keep: boolean }).keep ? 'stop' : 'discard')),
    evaluateNow: os.handler(() => target.evaluateNow()),
  };
}
