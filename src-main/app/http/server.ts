import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { AppError, ERROR_CODES } from '../../../src-shared/errors.ts';
import { failure, failureBody, internal } from './answer.ts';
import type { Handler } from './answer.ts';
import { createGuard } from './guard.ts';
import type { Verdict } from './guard.ts';

export interface ServerOptions {
  handler: Handler;
  /** A name or address to listen on. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  token: string;
  onBug: (error: unknown) => void;
}

export interface Served {
  readonly port: number;
  /** Where programs on this machine reach it, such as http://127.0.0.1:7848. */
  readonly address: string;
  /** Stops taking requests, lets those under way finish for at most `patience` ms, then ends. */
  close(patience: number): Promise<void>;
}

/** How long a request's headers may take, ms. */
const HEADERS_MS = 15_000;

/** Puts a handler behind HTTP on this machine, open to those who have the token. @throws AppError conflict, usage */
export async function serveOverHttp(options: ServerOptions): Promise<Served> {
  const { handler, host, token, onBug } = options;
  // Bodies are watched while they are read: uploads may take as long as they come.
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: 0, requireHostHeader: false });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const guard = createGuard({ token, host, port });
  const answer = getRequestListener(handler, {
    overrideGlobalObjects: false,
    errorHandler: (error) => {
      onBug(error);
      return failure(internal());
    },
  });
  server.on('request', (incoming, outgoing) => {
    const verdict = guard({ method: incoming.method ?? '', target: incoming.url ?? '', headers: incoming.headers });
    if (verdict === null) void answer(incoming, outgoing);
    else turnAway(verdict, incoming, outgoing);
  });
  server.on('clientError', malformed);
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return {
    port,
    address: `http://${bracketed(name)}:${port}`,
    async close(patience) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, setTimeout(patience, undefined, { ref: false })]);
      server.closeAllConnections();
      await closed;
    },
  };
}

function bracketed(name: string): string {
  return name.includes(':') ? `[${name}]` : name;
}

function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, { host, port })));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function listenError(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new AppError('conflict', `Port ${port} of ${host} is in use by another program.`, {
        hint: 'Choose another with --port, or --port 0 for any that is free.',
        details: { host, port },
      });
    case 'EACCES':
      return new AppError('usage', `Port ${port} may not be used by this user.`, { hint: 'Choose one above 1023.' });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new AppError('usage', `This machine has no address "${host}".`, { hint: 'Use --host 127.0.0.1.' });
    default:
      return error;
  }
}

/** The answer to whoever may not come in, or not this way. Its body is not read. */
function turnAway(verdict: Exclude<Verdict, null>, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const common = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' };
  if (incoming.headers['content-length'] || incoming.headers['transfer-encoding'])
    outgoing.setHeader('connection', 'close');
  if (verdict instanceof AppError) {
    const { status } = ERROR_CODES[verdict.code];
    const page = incoming.method === 'GET' && incoming.headers['sec-fetch-dest'] === 'document';
    outgoing.writeHead(status, {
      ...common,
      'content-type': page ? 'text/plain; charset=utf-8' : 'application/json',
      ...(verdict.code === 'unauthorized' ? { 'www-authenticate': 'Bearer realm="vitrine"' } : {}),
    });
    outgoing.end(
      page ? `${verdict.message}\n${verdict.hint ?? ''}\n` : failureBody(verdict, { pathname: incoming.url ?? '/' }),
    );
    return;
  }
  const headers = { ...common, 'set-cookie': verdict.cookie };
  if (!verdict.crossSite) {
    outgoing.writeHead(303, { ...headers, location: verdict.location }).end();
    return;
  }
  // A redirect would still count as the other site's, and the strict cookie would stay behind.
  outgoing.writeHead(200, { ...headers, 'content-type': 'text/html', 'content-security-policy': "default-src 'none'" });
  outgoing.end('<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>Vitrine</title>');
}

/** What is no HTTP gets a sentence too, then the line is closed. */
function malformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const large = error.code === 'HPE_HEADER_OVERFLOW';
  const [code, status, text] = late
    ? (['timeout', '408 Request Timeout', "The request's headers took too long."] as const)
    : large
      ? (['too_large', '431 Request Header Fields Too Large', "The request's headers are too large."] as const)
      : (['usage', '400 Bad Request', 'This is no HTTP request.'] as const);
  const body = failureBody(new AppError(code, text), { status: Number(status.slice(0, 3)) });
  const length = Buffer.byteLength(body);
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
  );
}
