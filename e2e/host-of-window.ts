import type { Page } from 'playwright-core';

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
