#!/usr/bin/env node
// Starts the command line on a Node that runs TypeScript sources as they are. Plain JavaScript, no dependencies:
// it must work on whatever Node the machine has.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const major = Number(process.versions.node.split('.')[0]);
if (major >= 24) {
  // Stripping types and compiling is most of a start: kept in the installation, where only its owner writes.
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/vitrine', import.meta.url)));
  const { main } = await import('../src-main/hosts/cli/main.ts');
  // The hosts don't know one another; they meet here.
  process.exitCode = await main(process.argv.slice(2), {
    serve: {
      summary: 'serve the window and the contract on this machine',
      load: async () => (await import('../src-main/hosts/serve/command.ts')).command,
    },
  });
} else {
  const suffix = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = fileURLToPath(new URL(`../node_modules/.bin/${suffix}`, import.meta.url));
  if (!existsSync(node)) {
    process.stderr.write(
      `vitrine needs Node 24; this is ${process.version}. Run "npm ci" first: it brings Node 24 along.\n`,
    );
    process.exit(1);
  }
  // The channel tells the command line when this process is killed; it then stops in an orderly way.
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`vitrine: ${node} could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => (process.exitCode = code ?? 128 + constants.signals[signal]));
}
