export const SCHEME = 'vitrine';
export const ORIGIN = `${SCHEME}://app`;

/** Whether an address is one of Vitrine's own pages. */
export function isOwnAddress(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && url.protocol === `${SCHEME}:` && url.host === 'app';
}

/** Whether an address may be handed to the person's browser. */
export function isWebAddress(address: string): boolean {
  return URL.parse(address)?.protocol === 'https:';
}
