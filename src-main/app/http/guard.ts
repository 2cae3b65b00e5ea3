import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { AppError } from '../../../src-shared/errors.ts';

/** A request before its body is read. */
export interface Knock {
  method: string;
  /** As sent: a path with its query. */
  target: string;
  headers: IncomingHttpHeaders;
}

export interface GuardOptions {
  token: string;
  /** What the server listens on, as it was asked to. */
  host: string;
  port: number;
}

/** `null`: come in. A failure: stay out. `cookie`: the token was in the address, and is to be kept in a cookie. */
export type Verdict = null | AppError | { cookie: string; location: string; crossSite: boolean };

/**
 * Who may ask a server on this machine. Any page in the person's browser can send it requests, also under a name of its
 * own that it has pointed here (DNS rebinding), and any program of any user can. So: the Host must be this machine's,
 * the page that asks must be this server's own, and the token must be known.
 */
export function createGuard({ token, host, port }: GuardOptions): (knock: Knock) => Verdict {
  const secret = digest(token);
  const isToken = (text: string): boolean => timingSafeEqual(digest(text), secret);
  const cookieName = `vitrine-${port}`;
  const cookie = `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Strict`;

  return ({ method, target, headers }) => {
    const name = hostnameOf(headers.host);
    if (name === null || !isOwnName(name, host)) return foreignHost(headers.host);
    const url = target.startsWith('/') ? URL.parse(`http://${headers.host}${target}`) : null;
    if (url === null) return new AppError('usage', 'The address of the request is no path.');
    const given = url.searchParams.get('token');
    const entering = given !== null && method === 'GET' && url.pathname === '/';
    const foreign = foreignPage(headers, entering);
    if (foreign) return foreign;
    if (entering && isToken(given)) {
      url.searchParams.delete('token');
      return { cookie, location: `/${url.search}`, crossSite: headers['sec-fetch-site'] === 'cross-site' };
    }
    const shown = [bearerOf(headers.authorization), cookieOf(headers.cookie, cookieName)];
    if (shown.some((text) => text !== null && isToken(text))) return null;
    return new AppError('unauthorized', 'This needs the token that "vitrine serve" printed when it started.', {
      hint: 'Open the address it printed, or send the token as the header "Authorization: Bearer TOKEN".',
    });
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Without the port; any port is fine, as people forward theirs. Null for what is no host. */
function hostnameOf(header: string | undefined): string | null {
  if (header === undefined || !/^(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(header)) return null;
  return URL.parse(`http://${header}`)?.hostname.replace(/^\[|\]$/g, '') ?? null;
}

/** A name that only this machine has: another's can be pointed here by whoever owns it. */
function isOwnName(name: string, host: string): boolean {
  if (isLoopback(name) || name === host.toLowerCase()) return true;
  const listensToAll = host === '0.0.0.0' || host === '::';
  return listensToAll && (isIP(name) !== 0 || name === hostname().toLowerCase());
}

/** Names and addresses that never leave the machine. */
export function isLoopback(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true;
  return isIP(name) === 4 && name.startsWith('127.');
}

function foreignHost(header: string | undefined): AppError {
  const told = header === undefined ? 'no Host' : `the Host "${header.slice(0, 100)}"`;
  return new AppError('forbidden', `The request has ${told}, which isn't this server's.`, {
    hint: 'Use the address that "vitrine serve" printed; --host NAME lets another name in.',
  });
}

/** Refuses what another site's page sends. Its link may lead here, but only to the page that takes the token. */
function foreignPage(headers: IncomingHttpHeaders, entering: boolean): AppError | null {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  const sameOrigin = origin === undefined || URL.parse(origin)?.host === headers.host;
  const isLink = entering && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  const sameSite = site === undefined || site === 'same-origin' || site === 'none' || isLink;
  if (sameOrigin && sameSite) return null;
  return new AppError('forbidden', "The request comes from another site's page.", {
    hint: 'Scripts send the token as the header "Authorization: Bearer TOKEN" and no Origin.',
    details: { origin: origin?.slice(0, 100) ?? null },
  });
}

function bearerOf(header: string | undefined): string | null {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? null;
}

function cookieOf(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
