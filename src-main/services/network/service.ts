import type { RequestRecord } from '../../../src-shared/contract/network.ts';
import { AppError } from '../../../src-shared/errors.ts';
import type { Database } from '../../database/open.ts';
import type { Events } from '../events/service.ts';
import type { SettingsService } from '../settings/service.ts';
import { checkAddress, publicAddress, redirected } from './address.ts';
import { readBody } from './body.ts';
import type { NetworkResponse, Patience } from './body.ts';
import { asNetworkError, networkError } from './network-error.ts';
import { createRequestLog } from './request-log.ts';
import type { ListOptions, OpenRequest } from './request-log.ts';
import { sendRequest } from './send-request.ts';

export { publicAddress } from './address.ts';
export { mayPass, networkError } from './network-error.ts';
export type { NetworkResponse, Patience } from './body.ts';

export interface RequestOptions {
  /** Whose idea it is, for the log: "download of B_16.npz". */
  purpose: string;
  method?: 'GET' | 'HEAD';
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** Most bytes of the body, after decoding. */
  maxBytes: number;
  patience?: Partial<Patience>;
}

export interface Network {
  /**
   * Asks another machine, following redirects (never from https to http, never with a user's name to another machine).
   * Any status is an answer.
   * @throws AppError offline, usage (not an address that is asked), network, interrupted
   */
  request(address: string, options: RequestOptions): Promise<NetworkResponse>;
  /**
   * Writes down a request that another program makes on our behalf (pip).
   * @throws AppError offline
   */
  record(request: Pick<RequestRecord, 'address' | 'purpose'>): OpenRequest;
  /** The newest first. */
  list(options: ListOptions): { requests: RequestRecord[]; total: number };
  /** Ends every request that goes on. */
  close(): void;
}

export interface NetworkOptions {
  database: Database;
  events: Events;
  settings: Pick<SettingsService, 'current' | 'onChange'>;
  patience?: Partial<Patience>;
}

const REDIRECTS = 10;
const PATIENCE: Patience = { connectMs: 30_000, stallMs: 30_000, slowestBytesPerSecond: 512, slowMs: 60_000 };

/** The one way from this application to other machines: every request is written down, and none is made offline. */
export function createNetwork({ database, events, settings, ...options }: NetworkOptions): Network {
  const log = createRequestLog({ database, events });
  const underWay = new Set<AbortController>();
  const refuse = (address: string): void => {
    if (settings.current().offline) throw offline(address);
  };
  const forget = settings.onChange(({ offline: off }) => {
    if (off) for (const abort of underWay) abort.abort(offline('a request that was under way'));
  });

  /** One request and its answer's head. */
  const ask = async (url: URL, given: RequestOptions, abort: AbortController): Promise<Answer> => {
    const patience = { ...PATIENCE, ...options.patience, ...given.patience };
    const method = given.method ?? 'GET';
    const entry = log.begin({ method, address: publicAddress(url), purpose: given.purpose });
    try {
      const message = await sendRequest(url, {
        method,
        headers: given.headers ?? {},
        connectMs: patience.connectMs,
        signal: abort.signal,
      });
      return { message, entry, patience };
    } catch (error) {
      const failure = abort.signal.aborted ? reasonOf(abort.signal) : asNetworkError(error, publicAddress(url));
      entry.end({ status: null, bytes: 0, error: messageOf(failure) });
      throw failure;
    }
  };

  const follow = async (address: string, given: RequestOptions, abort: AbortController): Promise<NetworkResponse> => {
    let url = checkAddress(address);
    refuse(publicAddress(url));
    let headers = withUser(given.headers ?? {}, url);
    for (let hop = 0; hop <= REDIRECTS; hop++) {
      const { message, entry, patience } = await ask(url, { ...given, headers }, abort);
      const status = message.statusCode!;
      const location = message.headers.location;
      if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
        return readBody(message, {
          entry,
          patience,
          maxBytes: given.maxBytes,
          signal: abort.signal,
          address: publicAddress(url),
          onEnd: () => underWay.delete(abort),
        });
      }
      message.destroy();
      entry.end({ status, bytes: 0, error: null });
      const next = redirected(url, location);
      if (next.origin !== url.origin) headers = withoutUser(headers);
      url = next;
      refuse(publicAddress(url));
    }
    throw networkError('redirect', `${publicAddress(checkAddress(address))} redirects more than ${REDIRECTS} times.`);
  };

  return {
    async request(address, given) {
      const abort = new AbortController();
      const stop = (): void => abort.abort(interrupted());
      if (given.signal?.aborted) throw interrupted();
      given.signal?.addEventListener('abort', stop, { once: true });
      underWay.add(abort);
      try {
        return await follow(address, given, abort);
      } catch (error) {
        underWay.delete(abort);
        throw error;
      }
    },
    record({ address, purpose }) {
      refuse(address);
      return log.begin({ method: 'GET', address, purpose });
    },
    list: (range) => log.list(range),
    close() {
      forget();
      for (const abort of underWay) abort.abort(interrupted());
    },
  };
}

interface Answer {
  message: Awaited<ReturnType<typeof sendRequest>>;
  entry: OpenRequest;
  patience: Patience;
}

/** A user named in the address is told to the machine that the address names, and to no other. */
function withUser(headers: Readonly<Record<string, string>>, url: URL): Record<string, string> {
  const { username, password } = url;
  if (username === '' && password === '') return { ...headers };
  url.username = '';
  url.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { ...headers, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function withoutUser(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['authorization', 'cookie'].includes(name.toLowerCase())),
  );
}

function offline(address: string): AppError {
  return new AppError('offline', `Vitrine is set offline, so ${address} was not asked.`, {
    hint: 'Allow requests again with "vitrine settings set offline false".',
  });
}

function interrupted(): AppError {
  return new AppError('interrupted', 'The request was stopped.');
}

function reasonOf(signal: AbortSignal): unknown {
  return signal.reason instanceof AppError ? signal.reason : interrupted();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
