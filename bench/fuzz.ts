// `npm run fuzz [-- --count N] [--seed S] [--case I] [--json]`: damages checkpoints of every layout, and opens them.
// The files are opened in a process with a small heap; one that dies or hangs is replaced, and its case counts as failed.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Verdict } from './fuzz/judge.ts';

const USAGE = `npm run fuzz [-- --count N] [--seed S] [--case I] [--json]

Damages checkpoints (npz, safetensors, flax, their JSON files) in N ways (default 20,000) and opens each. It must end in
a clear error or a load, within 2 s of processor time, without an array of more than 3 times the file's size.
  --seed S   another sequence of damage (default 1)
  --case I   only case I, with its error
  --json     one JSON document on standard output`;

/** Cases of one process. Node's zlib leaves holes in native memory, a little more with each call. */
const STRETCH = 2000;
/** Megabytes of the heap: of what lives, and of each space for what is new, which would else hide what a case takes. */
const HEAP = ['--max-old-space-size=64', '--max-semi-space-size=4'];
/** Megabytes that resident memory may grow by in a stretch, once it is warm. */
const GROWTH = 48;
/** Cases until a process is warm. */
const WARMUP = 200;
/** Without a word from the process: something waits for ever. */
const SILENCE_MS = 15_000;

/** A line of the process that opens the files. */
export interface FuzzLine {
  case: number;
  subject: string;
  verdict: Verdict;
  seconds: number;
  /** Of the largest array to the files' size. */
  ratio: number;
  /** Resident memory at its highest, megabytes. */
  peak: number;
  message?: string;
}

interface Range {
  from: number;
  to: number;
  seed: number;
  folder: string;
}

/** @returns the first case that is still to be done; `died` tells why the one at it wasn't */
async function runRange(range: Range, onLine: (line: FuzzLine) => void): Promise<{ next: number; died?: string }> {
  const args = [String(range.from), String(range.to), String(range.seed), range.folder];
  const child = spawn(process.execPath, [...HEAP, join(import.meta.dirname, 'fuzz/worker.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // One arena: memory that one thread has freed is there for the next.
    env: { ...process.env, MALLOC_ARENA_MAX: '1' },
  });
  let next = range.from;
  let stderr = '';
  let hangs = false;
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      hangs = true;
      child.kill('SIGKILL');
    }, SILENCE_MS);
  };
  wait();
  child.stderr.on('data', (data: Buffer) => (stderr = (stderr + data.toString()).slice(-2000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  for await (const text of createInterface({ input: child.stdout })) {
    wait();
    const line = JSON.parse(text) as FuzzLine;
    onLine(line);
    next = line.case + 1;
  }
  const code = await ended;
  clearTimeout(timer);
  if (code === 0 && next === range.to) return { next };
  const why = hangs ? `no end after ${SILENCE_MS / 1000} s` : `the process ended (${code}): ${stderr.trim()}`;
  return { next: next + 1, died: why };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string' },
      seed: { type: 'string' },
      case: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const seed = Number(values.seed ?? 1);
  const only = values.case === undefined ? undefined : Number(values.case);
  const [from, to] = only === undefined ? [0, Number(values.count ?? 20_000)] : [only, only + 1];
  if (![seed, from, to].every((n) => Number.isSafeInteger(n) && n >= 0)) {
    console.error(USAGE);
    return 2;
  }
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-fuzz-'));
  const faults: { case: number; subject: string; fault: string }[] = [];
  const subjects = new Map<string, { loaded: number; refused: number; faults: number }>();
  let slowest = 0;
  let ratio = 0;
  let grown = 0;
  let warm = 0;
  let start = from;
  const begin = performance.now();
  const note = (line: FuzzLine): void => {
    const tally = subjects.get(line.subject) ?? { loaded: 0, refused: 0, faults: 0 };
    subjects.set(line.subject, tally);
    if (typeof line.verdict === 'string') tally[line.verdict]++;
    else {
      tally.faults++;
      faults.push({ case: line.case, subject: line.subject, fault: line.verdict.fault });
    }
    slowest = Math.max(slowest, line.seconds);
    ratio = Math.max(ratio, line.ratio);
    if (line.case - start <= WARMUP) warm = line.peak;
    grown = Math.max(grown, line.peak - warm);
    if (only !== undefined) console.log(`${line.subject}: ${JSON.stringify(line.verdict)} ${line.message ?? ''}`);
  };
  try {
    for (let next = from; next < to;) {
      start = next;
      const result = await runRange({ from: next, to: Math.min(to, next + STRETCH), seed, folder }, note);
      next = result.next;
      if (result.died !== undefined) faults.push({ case: next - 1, subject: '?', fault: result.died });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (grown > GROWTH)
    faults.push({ case: -1, subject: 'all', fault: `resident memory grew by ${grown.toFixed(0)} MB` });
  const seconds = (performance.now() - begin) / 1000;
  const summary = {
    seed,
    cases: to - from,
    seconds,
    slowest,
    ratio,
    grownMegabytes: grown,
    subjects: Object.fromEntries(subjects),
    faults,
  };
  if (values.json) console.log(JSON.stringify(summary));
  else printSummary(summary);
  return faults.length === 0 ? 0 : 1;
}

function printSummary(summary: {
  seed: number;
  cases: number;
  seconds: number;
  slowest: number;
  ratio: number;
  grownMegabytes: number;
  subjects: Record<string, { loaded: number; refused: number; faults: number }>;
  faults: readonly { case: number; subject: string; fault: string }[];
}): void {
  for (const [name, { loaded, refused, faults }] of Object.entries(summary.subjects)) {
    console.log(`${name.padEnd(38)} ${refused} refused, ${loaded} loaded${faults > 0 ? `, ${faults} FAULTS` : ''}`);
  }
  for (const fault of summary.faults) {
    console.log(
      `FAULT in ${fault.subject}: ${fault.fault}\n  again: npm run fuzz -- --seed ${summary.seed} --case ${fault.case}`,
    );
  }
  const { cases, seed, seconds, slowest, ratio, grownMegabytes } = summary;
  console.log(
    `${cases} damaged files in ${seconds.toFixed(0)} s (seed ${seed}): ${summary.faults.length} faults. Slowest ` +
      `${slowest.toFixed(2)} s of processor time; largest array ${ratio.toFixed(2)} of the file's size; resident memory grew by ` +
      `${grownMegabytes.toFixed(0)} MB.`,
  );
}

process.exitCode = await main();
