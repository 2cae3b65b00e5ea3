import type { FileKind } from '../../src-shared/contract/files.ts';

/** What a host with a desktop can do; a browser and a command line have none. */
export interface Desktop {
  /** Asks with the system's dialog; null when it was closed. */
  choose(kind: FileKind, title: string): Promise<string | null>;
  /** Shows a file or folder in the system's file manager. */
  reveal(path: string): Promise<void>;
}
