import { spawn } from 'node:child_process';

/** How each platform opens an address; never through a shell, so that an address is nothing but one. */
const OPENERS: Partial<Record<NodeJS.Platform, [command: string, ...before: string[]]>> = {
  darwin: ['open'],
  linux: ['xdg-open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Opens an http address in the person's browser; says so where that can't be done. */
export function openInBrowser(url: string, log: (text: string) => void): void {
  const [command, ...before] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...before, url], { stdio: 'ignore', detached: true });
  child.on('error', () => log(`No browser could be opened (${command} is missing): open the address yourself.`));
  child.unref();
}
