// `npm start`: builds the window where it is missing or older than its sources, then serves it.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const time = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const built = time(path('../out/renderer/index.html'));
const sources = ['../src-renderer', '../src-shared'].flatMap((folder) =>
  readdirSync(path(folder), { recursive: true }).map((name) => `${path(folder)}/${name}`),
);
if (sources.some((file) => time(file) > built)) {
  process.stderr.write(`Building the window, which is ${built === 0 ? 'missing' : 'older than its sources'} …\n`);
  const tool = path('../node_modules/electron-vite/bin/electron-vite.js');
  const { status } = spawnSync(process.execPath, [tool, 'build', '--logLevel', 'warn'], {
    cwd: path('..'),
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.stderr.write('The window could not be built; everything else is served.\n');
}
process.argv.splice(2, 0, 'serve');
await import('./vitrine.js');
