import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { linePort } from '../../src-shared/contract/line-port.ts';
import type { RunControl } from '../../src-shared/contract/run-control.ts';

/** A connection to a training process's own socket. */
export interface RunLink {
  readonly control: RunControl;
  /** Resolves when the other side is gone. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Connects to a training, whoever started it. Null where nobody listens (any more). */
export function linkRun(socketPath: string): Promise<RunLink | null> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.setEncoding('utf8');
    socket.once('error', () => resolve(null));
    socket.once('connect', () => resolve(linkOver(socket)));
  });
}

/** oRPC's clients are nested records of procedures. */
type Client = RunControl & Record<string, never>;

function linkOver(socket: Socket): RunLink {
  socket.on('error', () => {}); // 'close' follows
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const client = createORPCClient<Client>(new RPCLink({ port: linePort(socket) }));
  return { control: client, closed, close: () => void socket.destroy() };
}

/** Milliseconds that an answer is waited for: a process that compiles answers later, and heeds what was asked. */
const ANSWER_MS = 1500;

/** Asks a training for something. @returns whether somebody listens there */
export async function askRun(socketPath: string, call: (control: RunControl) => Promise<void>): Promise<boolean> {
  const link = await linkRun(socketPath);
  if (link === null) return false;
  const answered = call(link.control).catch(() => undefined); // it may end before it answers
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ANSWER_MS)));
  await Promise.race([answered, late]);
  clearTimeout(timer);
  link.close();
  return true;
}
