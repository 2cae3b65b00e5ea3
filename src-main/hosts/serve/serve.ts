import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { createHandler } from '../../app/http/handler.ts';
import { isLoopback } from '../../app/http/guard.ts';
import { serveOverHttp } from '../../app/http/server.ts';
import { openLibrary } from '../../app/library.ts';
import { holdLibrary } from '../../services/library/lock.ts';
import { libraryPaths } from '../../services/library/service.ts';
import { forgetToken, freshToken, keptToken } from './kept-token.ts';
import { openInBrowser } from './open-in-browser.ts';
import { WINDOW_FOLDER } from '../../places.ts';

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 7848;

/** How long requests under way may take once the host is asked to stop, ms. */
const PATIENCE_MS = 5000;

export interface ServeOptions {
  host: string;
  port: number;
  /** Whoever had the token before is shut out. */
  newToken: boolean;
  /** Open the address in the person's browser. */
  open: boolean;
  /** Stops it, in an orderly way. */
  signal: AbortSignal;
  log: (text: string) => void;
  /** Called once it answers. */
  announce: (where: { url: string; port: number; token: string }) => void;
}

/**
 * Holds the library and serves it over HTTP until the signal. Returns when all is closed.
 * @throws AppError conflict (another host holds the library; the port is taken), and as opening the library does
 */
export async function serve({ host, port, newToken, open, signal, log, announce }: ServeOptions): Promise<void> {
  const onBug = (error: unknown): void =>
    log(`vitrine: this is a bug in Vitrine, please report it.\n${stackOf(error)}`);
  const paths = libraryPaths();
  const held = holdLibrary(paths.lock, 'serve');
  // Whatever ends this process, short of a kill, lets go of the library.
  process.once('exit', held.release);
  try {
    const library = await openLibrary({ host: 'serve', home: paths.home, onBug });
    try {
      if (newToken) forgetToken(paths.home);
      // Beyond this machine it passes unencrypted: whoever saw it once would get in for ever.
      const token = isLoopback(host) ? keptToken(paths.home) : freshToken();
      const web = existsSync(join(WINDOW_FOLDER, 'index.html')) ? WINDOW_FOLDER : null;
      const handler = createHandler({ library, web, onBug });
      const served = await serveOverHttp({ handler, host, port, token, onBug });
      held.announce({ address: served.address, token });
      const url = `${served.address}/?token=${token}`;
      if (web === null) log('The window is not built: "npm run build" does that. /api, /rpc and /openapi.json answer.');
      if (!isLoopback(host)) log(warning(host));
      announce({ url, port: served.port, token });
      if (open) openInBrowser(url, log);
      if (!signal.aborted) await once(signal, 'abort');
      library.events.close();
      await served.close(PATIENCE_MS);
    } finally {
      await library.close();
    }
  } finally {
    held.release();
    process.removeListener('exit', held.release);
  }
}

function warning(host: string): string {
  return `Vitrine listens on ${host}: whoever reaches this machine and learns the token can use it, and what passes is not
encrypted. A tunnel (ssh -L) to 127.0.0.1 is safer.`;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
