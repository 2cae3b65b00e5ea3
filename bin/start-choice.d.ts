export interface Surroundings {
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  /** Whether this is the system's administrator. */
  root: boolean;
  /** The path of Electron's binary; null where it isn't there. */
  electron: string | null;
  /** Whether somebody can be asked. */
  terminal: boolean;
}

export function chooseHost(surroundings: Surroundings): { host: 'electron' | 'serve' | 'ask'; why: string };
