import { AppError } from '../../../src-shared/errors.ts';

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * An address that may be asked: https, or http on this machine itself.
 * @throws AppError usage
 */
export function checkAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))) return url;
  const shown = url ? publicAddress(url) : text.slice(0, 200);
  throw new AppError('usage', `${shown} is not an address that Vitrine asks.`, {
    hint: 'Give one that begins with https:// (http:// only for this machine itself).',
  });
}

/** An address as it may be shown and kept: no user, no password, no values of the query, no fragment. */
export function publicAddress(url: URL): string {
  const query = [...url.searchParams.keys()].map((name) => `${encodeURIComponent(name)}=…`).join('&');
  return `${url.origin}${url.pathname}${query === '' ? '' : `?${query}`}`;
}

/**
 * Where an answer sends us. Whoever sends us on names no user for us.
 * @throws AppError network for a step from https to http, or to something else than the web
 */
export function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : null;
  const fail = (why: string): AppError =>
    new AppError('network', `${publicAddress(from)} redirects ${why}.`, {
      hint: 'Try again later, or another mirror.',
      details: { reason: 'redirect' },
    });
  if (!to) throw fail('to an address that is none');
  if (to.protocol === 'http:' && from.protocol === 'https:') throw fail('from https to http, which is not followed');
  if (to.protocol !== 'https:' && to.protocol !== 'http:') throw fail(`to ${to.protocol} instead of a web address`);
  if (to.protocol === 'http:' && !LOOPBACK.test(to.hostname)) throw fail('to http, which is not followed');
  to.username = '';
  to.password = '';
  return to;
}
