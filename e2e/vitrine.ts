// The command line as a process of its own, in a process group of its own: what a person types and interrupts.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../bin/vitrine.js');

export interface Ended {
  /** Null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A line of `--json`. */
export type JsonLine = { type?: string } & Record<string, unknown>;

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** What standard error holds so far. */
  stderr: () => string;
  /** Ends command line and worker together, as a power cut or `kill -9 -PGID` would; or sends another signal to both. */
  signalGroup: (signal: NodeJS.Signals) => void;
}

export interface StartOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Called for each line of JSON on standard output, as it comes. */
  onLine?: (line: JsonLine, running: Running) => void;
  /** The program to start instead of `node bin/vitrine.js`, with the arguments that come before vitrine's. */
  program?: readonly string[];
}

/** Those under way when the tests end: a test that failed waits for nobody. */
const started = new Set<ChildProcess>();
process.once('exit', () => started.forEach((child) => child.kill('SIGKILL')));

export function startVitrine(args: readonly string[], options: StartOptions = {}): Running {
  const [command, ...before] = options.program ?? [process.execPath, BIN];
  const child = spawn(command!, [...before, ...args], {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  let unread = '';
  started.add(child);
  const running: Running = {
    child,
    stderr: () => stderr,
    signalGroup: (signal) => {
      try {
        process.kill(-child.pid!, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended by itself
      }
    },
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        started.delete(child);
        resolve({ code, signal, stdout, stderr });
      });
    }),
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (!options.onLine) return;
    const lines = (unread + text).split('\n');
    unread = lines.pop()!;
    for (const line of lines) options.onLine(JSON.parse(line) as JsonLine, running);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return running;
}

export function vitrine(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startVitrine(args, options).ended;
}

/** The lines of JSON that a command wrote; fails on anything else on standard output. */
export function jsonLines({ stdout }: Pick<Ended, 'stdout'>): JsonLine[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonLine);
}

/** A configuration's fields as a command line gives them. */
export function configFlags(config: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(config).map(([field, value]) => `--config.${field}=${String(value)}`);
}

/** Whether a process still computes: there, and no zombie. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
