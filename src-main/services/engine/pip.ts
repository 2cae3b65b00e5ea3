import { execFile, spawn } from 'node:child_process';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../../src-shared/errors.ts';
import { wheelArguments } from './sources.ts';

/** A way to run pip. */
export interface Pip {
  command: string;
  args: string[];
}

/** uv has no `download` of its own: it runs pip as a tool. */
const WAYS: Pip[] = [
  { command: 'python3', args: ['-m', 'pip'] },
  { command: 'pip3', args: [] },
  { command: 'pip', args: [] },
  { command: 'python', args: ['-m', 'pip'] },
  { command: 'uv', args: ['tool', 'run', 'pip'] },
  { command: 'uvx', args: ['pip'] },
];

/**
 * The first pip of this machine that starts.
 * @throws AppError `engine` when there is none, saying what to install.
 */
export async function findPip(env: NodeJS.ProcessEnv = process.env): Promise<Pip> {
  const failures: string[] = [];
  for (const way of WAYS) {
    try {
      await promisify(execFile)(way.command, [...way.args, '--version'], { env, timeout: 60_000 });
      return way;
    } catch (error) {
      // Not there, or there and without pip: the next one.
      const { code, stderr } = error as { code?: unknown; stderr?: string };
      const said = stderr?.split('\n').find((line) => line.trim() !== '');
      if (code !== 'ENOENT')
        failures.push(`"${[way.command, ...way.args].join(' ')}" fails: ${said?.trim() ?? String(code)}`);
    }
  }
  const found =
    failures.length > 0
      ? `No pip of this machine works (${failures.join('; ')})`
      : 'Neither pip nor uv is on this machine';
  throw new AppError('engine', `${found}, and TensorFlow comes as a Python wheel.`, { hint: installPipHint() });
}

function installPipHint(): string {
  const wheels = 'Or fetch the wheel elsewhere and give its folder with --wheels DIR.';
  if (process.platform === 'darwin')
    return `Install uv ("brew install uv") or Python ("brew install python"). ${wheels}`;
  return `Install pip ("apt install python3-pip", "dnf install python3-pip") or uv (https://docs.astral.sh/uv). ${wheels}`;
}

export interface DownloadOptions {
  pip: Pip;
  platforms: string[];
  /** Where the wheel goes. Everything temporary is kept below it too. */
  folder: string;
  signal: AbortSignal | undefined;
  /** Bytes on disk so far, about twice a second. */
  onBytes(bytes: number): void;
  env?: NodeJS.ProcessEnv;
}

/**
 * Fetches one wheel and returns its path. pip checks its hash against the index.
 * @throws AppError `engine` with pip's own last words; `interrupted`.
 */
export async function downloadWheel(requirement: string, options: DownloadOptions): Promise<string> {
  const { pip, folder, signal } = options;
  const temporary = join(folder, 'pip-tmp');
  const received = join(folder, 'pip-received');
  await mkdir(temporary, { recursive: true });
  await mkdir(received, { recursive: true });
  const args = [
    ...[...pip.args, 'download', ...wheelArguments(options.platforms)],
    ...[
      '--no-cache-dir',
      '--disable-pip-version-check',
      '--no-input',
      '--progress-bar=off',
      '-d',
      received,
      requirement,
    ],
  ];
  const env = { ...(options.env ?? process.env), TMPDIR: temporary, PYTHONUNBUFFERED: '1' };
  const child = spawn(pip.command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => said.push(data.toString()));
  const stop = () => child.kill();
  signal?.addEventListener('abort', stop);
  const timer = setInterval(() => {
    // The finished file and its temporary copy exist side by side for a moment.
    void Promise.all([bytesBelow(temporary), bytesBelow(received)]).then((sizes) =>
      options.onBytes(Math.max(...sizes)),
    );
  }, 500);
  let code: number | null;
  try {
    if (signal?.aborted) stop();
    code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
  }
  if (signal?.aborted) throw new AppError('interrupted', 'The download was stopped.');
  const name = (await readdir(received)).find((file) => file.endsWith('.whl'));
  if (code !== 0 || name === undefined) throw failed(requirement, said.join(''));
  const wheel = join(folder, name);
  await rename(join(received, name), wheel);
  return wheel;
}

function failed(requirement: string, output: string): AppError {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const last = lines.findLast((line) => /^ERROR|error:/i.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  if (/No space left|Errno 28/.test(output)) {
    return new AppError('disk_full', `pip could not write ${requirement}: ${last.trim()}`);
  }
  return new AppError('engine', `pip could not fetch ${requirement}: ${last.trim()}`, {
    hint: 'Check the network (pip uses your proxy and index settings), or give a folder that holds the wheel: --wheels DIR.',
    details: { output: lines.slice(-20) },
  });
}

async function bytesBelow(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    sum += await stat(join(entry.parentPath, entry.name)).then(
      (found) => found.size,
      () => 0,
    );
  }
  return sum;
}
