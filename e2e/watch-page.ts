import type { Page } from 'playwright-core';

/** How long anything in a page may take before it counts as never, ms: two cores may be shared with other work. */
export const PATIENCE = 60_000;

/**
 * Tells everything about a page that should not be: what it writes to its console as an error, what it throws, and
 * requests to anybody but Vitrine. Waiting in it ends after `PATIENCE`.
 */
export function watchPage(page: Page, tell: (problem: string) => void): void {
  page.setDefaultTimeout(PATIENCE);
  page.on('console', (message) => message.type() === 'error' && tell(message.text()));
  page.on('pageerror', (error) => tell(error.message));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url()); // that of a blob is who made it
    const own = origin.startsWith('http://127.0.0.1:') || protocol === 'vitrine:' || origin === 'null';
    if (!own) tell(`${request.url()} is not Vitrine's own`);
  });
}
