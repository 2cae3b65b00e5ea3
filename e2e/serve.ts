import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

export interface Served {
  /** `http://127.0.0.1:PORT`, a free port. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Puts a fetch-style handler behind a loopback HTTP server, as a browser test needs it. */
export async function serve(handler: (request: Request) => Promise<Response>): Promise<Served> {
  const server = createServer((incoming, outgoing) => {
    const request = new Request(`http://127.0.0.1${incoming.url ?? '/'}`, { method: incoming.method ?? 'GET' });
    handler(request).then(
      (response) => {
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        if (response.body) Readable.fromWeb(response.body as ReadableStream<Uint8Array>).pipe(outgoing);
        else outgoing.end();
      },
      (error: unknown) => outgoing.destroy(error as Error),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
