import type { Page } from 'playwright-core';

/**
 * Everything about a page that should not be: what it writes to its console as an error, what it throws, and requests to
 * anybody but Vitrine.
 * @returns a list that grows
 */
export function watchPage(page: Page): string[] {
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    const { origin, hostname, protocol } = new URL(request.url());
    const own = hostname === '127.0.0.1' || protocol === 'vitrine:' || origin === 'null';
    if (!own) problems.push(`${request.url()} is not Vitrine's own`);
  });
  return problems;
}
