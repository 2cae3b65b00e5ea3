// A folder that stands in for Electron's own files, so that a package can be put together without its binary.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRequire } from 'node:module';

/** Marks the fuses in Electron's binary; version 1 follows, their number, and a letter each ("1" is on, "0" off). */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const FUSES = 9;

const { version } = createRequire(import.meta.url)('electron/package.json') as { version: string };

/** Linux's files, as far as the packager looks for them. */
export async function writeElectronDist(folder: string): Promise<void> {
  await mkdir(join(folder, 'resources'), { recursive: true });
  await mkdir(join(folder, 'locales'), { recursive: true });
  const binary = Buffer.concat([
    Buffer.from('#!/bin/sh\nexit 1\n'),
    Buffer.from(SENTINEL),
    Buffer.from([1, FUSES]),
    Buffer.from('1'.repeat(FUSES)),
  ]);
  await writeFile(join(folder, 'electron'), binary, { mode: 0o755 });
  for (const name of ['chrome-sandbox', 'chrome_crashpad_handler', 'resources.pak', 'icudtl.dat', 'LICENSE'])
    await writeFile(join(folder, name), '');
  await writeFile(join(folder, 'LICENSES.chromium.html'), '');
  await writeFile(join(folder, 'locales/en-US.pak'), '');
  await writeFile(join(folder, 'version'), version);
}

/** The fuses of a packaged binary, in Electron's order. */
export function fusesOf(binary: Buffer): string {
  const at = binary.indexOf(SENTINEL) + SENTINEL.length;
  return binary.toString('latin1', at + 2, at + 2 + binary[at + 1]!);
}
