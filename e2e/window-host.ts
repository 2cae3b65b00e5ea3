// Where the window runs when a person's journey through it is tried: a real `vitrine serve` with a browser, or the desktop.
import { ElectronHost } from './electron-host.ts';
import { ServedHost } from './served-host.ts';
import type { WindowHost } from './host-of-window.ts';

export const HOST_KINDS = ['serve', 'electron'] as const;
export type HostKind = (typeof HOST_KINDS)[number];

/** The one that `npm run e2e -- --host` names. */
export const hostKind: HostKind = process.env['VITRINE_E2E_HOST'] === 'electron' ? 'electron' : 'serve';

/** Why journeys can't be tried here, or null; stands in the names of the tests that are skipped. */
export function hostMissing(): string | null {
  return hostKind === 'electron' ? ElectronHost.missing() : ServedHost.missing();
}

/** On an empty library. */
export function openWindowHost(): Promise<WindowHost> {
  return hostKind === 'electron' ? ElectronHost.open() : ServedHost.open();
}
