// `npm start`: builds what is missing or older than its sources, then opens the window, or serves it; says which and why.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findElectron } from './electron-binary.js';
import { chooseHost } from './start-choice.js';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const time = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const say = (line) => process.stderr.write(`${line}\n`);
const root = path('..');

/** @returns whether it is there now, and new */
function build(of, what, folders) {
  const built = time(path(of));
  const sources = folders.flatMap((folder) =>
    readdirSync(path(folder), { recursive: true }).map((name) => `${path(folder)}/${name}`),
  );
  if (!sources.some((file) => time(file) > built)) return true;
  say(`Building ${what}, which is ${built === 0 ? 'missing' : 'older than its sources'} …`);
  const tool = path('../node_modules/electron-vite/bin/electron-vite.js');
  const { status } = spawnSync(process.execPath, [tool, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  return status === 0;
}

/** Electron's own install script, after a yes. @returns the binary's path, or null */
async function fetchElectron() {
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  const question =
    "The window needs Electron's binary, about 120 MB from GitHub, checked against its sums. Fetch it? [y/N] ";
  const answer = await new Promise((resolve) => {
    ask.on('close', () => resolve(''));
    ask.question(question, resolve);
  });
  ask.close();
  if (!/^y(es)?$/i.test(answer.trim())) return null;
  spawnSync(process.execPath, [path('../node_modules/electron/install.js')], { cwd: root, stdio: ['ignore', 2, 2] });
  return findElectron(root);
}

async function choose(args) {
  const terminal = Boolean(process.stdin.isTTY && process.stderr.isTTY);
  const electron = findElectron(root);
  const surroundings = { args, env: process.env, platform: process.platform, electron, terminal };
  const choice = chooseHost({ ...surroundings, root: process.getuid?.() === 0 });
  if (choice.host !== 'ask') return { ...choice, electron };
  const fetched = await fetchElectron();
  if (fetched) return { host: 'electron', why: "Electron's binary is here now", electron: fetched };
  return { host: 'serve', why: "Electron's binary is not here", electron: null };
}

function openWindow(electron) {
  if (!build('../out/main/index.js', 'the app', ['../src-main', '../src-worker', '../src-renderer', '../src-shared'])) {
    say('The app could not be built.');
    process.exitCode = 1;
    return;
  }
  const child = spawn(electron, [root], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const failed = (how) => {
    say(`Electron ended (${how}). "npm start -- --serve" serves the window to a browser instead.`);
    process.exitCode = 1;
  };
  child.on('error', (error) => failed(error.message));
  child.on('exit', (code, signal) => (code === 0 ? 0 : failed(signal ?? `code ${code}`)));
}

const args = process.argv.slice(2);
const { host, why, electron } = await choose(args);
say(host === 'electron' ? `Opening the window: ${why}.` : `Serving the window to a browser: ${why}.`);
if (host === 'electron') {
  openWindow(electron);
} else {
  if (!build('../out/renderer/index.html', 'the window', ['../src-renderer', '../src-shared']))
    say('The window could not be built; everything else is served.');
  process.argv.splice(2, args.length, 'serve', ...args.filter((arg) => arg !== '--serve'));
  await import('./vitrine.js');
}
