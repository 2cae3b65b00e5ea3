// Where the window runs when a person's journey through it is tried: a real `vitrine serve` with a browser, or the desktop.
import type { Page } from 'playwright-core';
import { ElectronHost } from './electron-host.ts';
import { ServedHost } from './served-host.ts';

/** A process that holds a library of its own, with the window open on it. */
export interface WindowHost {
  readonly page: Page;
  /** The library's folder. */
  readonly home: string;
  /** What the page wrote to its console as an error, threw, or asked of somebody else. */
  problems: string[];
  /** Ends main as a power cut would, workers left alone. */
  kill(): Promise<void>;
  /** Main again, at the same place with the same library; the page that is open must find it by itself. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

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
