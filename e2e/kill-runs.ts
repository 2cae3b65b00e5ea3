// Runs whose processes are killed at random moments, through a host that is started again. Used by a test, with few kills,
// and by `npm run soak -- runs`, with many.
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunInput, RunSummary } from '../src-shared/contract/runs.ts';
import type { RandomSource } from '../src-shared/random.ts';
import { startHost, type Host } from './host-process.ts';

export interface KillPlan {
  home: string;
  /** Where runs live, one folder each. */
  folder: string;
  /** What every run is asked for with. */
  input: Partial<RunInput>;
  /** A run of the same that nobody disturbed. */
  whole: string;
  kills: number;
  random: RandomSource;
  /** A kill comes at most so long after the run was started or went on, ms. */
  within: number;
  log: (line: string) => void;
}

export interface KillReport {
  kills: Record<Victim, number>;
  runs: number;
  /** From the moment the host answers until the state it tells is true, ms, after each kill of main. */
  untilTrue: number[];
  /** From the start of the host's process until its first answer, ms. */
  starts: number[];
  /** Runs that went on by themselves under a new main, and those that were resumed. */
  reconnected: number;
  resumed: number;
}

const VICTIMS = ['main', 'worker', 'both'] as const;
type Victim = (typeof VICTIMS)[number];

/** Milliseconds in which a state must be true. */
const TRUE_WITHIN = 2000;
/** Milliseconds without a kill, a step or another state that no run takes. */
const STUCK = 180_000;

/** Kills until there were enough, and sees that every run ends as it would have. @throws Error at the first that doesn't */
export async function killRuns(plan: KillPlan): Promise<KillReport> {
  const report: KillReport = {
    kills: { main: 0, worker: 0, both: 0 },
    runs: 0,
    untilTrue: [],
    starts: [],
    reconnected: 0,
    resumed: 0,
  };
  let host = await startHost(plan.home);
  let done = 0;
  try {
    while (done < plan.kills) {
      const workdir = join(plan.folder, `run-${report.runs++}`);
      let run = await host.client.runs.start({ ...plan.input, workdir });
      /** Since the run was last started. */
      let mainWasKilled = false;
      const progress = { at: performance.now(), seen: '' };
      for (;;) {
        await sleep(plan.random.below(plan.within));
        run = await host.client.runs.get({ id: run.id });
        if (run.state === 'finished') break;
        const seen = `${done} ${run.state} ${run.step}`;
        if (seen !== progress.seen) Object.assign(progress, { at: performance.now(), seen });
        if (performance.now() - progress.at > STUCK)
          throw new Error(`${workdir} stays ${run.state} at step ${run.step}`);
        if (done < plan.kills) {
          const victim = VICTIMS[plan.random.below(3)]!;
          const killed = await kill(victim, host, workdir);
          if (!killed) continue; // its worker had not begun, or had just ended
          report.kills[victim]++;
          done++;
          if (victim !== 'worker') {
            host = await startHost(plan.home);
            report.starts.push(host.startMilliseconds);
            mainWasKilled = true;
          }
          const since = performance.now();
          // Its only worker's death leaves one end. Others may stand for the moment until main has heard of it, if the
          // run had not begun; after main's death there may be two workers, and one goes on where the other died.
          const ends = victim === 'worker' && !mainWasKilled ? ['failed'] : null;
          run = await untilTrue(host, run.id, () => ends ?? trueStates(workdir));
          report.untilTrue.push(performance.now() - since);
          plan.log(
            `${done}: ${victim} killed, ${workdir.slice(plan.folder.length + 1)} is ${run.state} at step ${run.step}`,
          );
          if (victim === 'main' && run.state === 'running') report.reconnected++;
        }
        if (run.state === 'interrupted' || run.state === 'failed') {
          if (!run.resumable) throw new Error(`${workdir} is ${run.state} and not offered for resuming`);
          await host.client.runs.resume({ id: run.id });
          report.resumed++;
          mainWasKilled = false;
        } else if (run.state === 'paused' || run.state === 'stopped') {
          throw new Error(`${workdir} is ${run.state}, which nobody asked for`);
        }
      }
      await sameRun(host, run, plan.whole);
    }
    return report;
  } finally {
    await host.kill('SIGKILL');
  }
}

/** @returns whether somebody was killed */
async function kill(victim: Victim, host: Host, workdir: string): Promise<boolean> {
  const lock = lockOf(workdir);
  if (victim !== 'main') {
    if (lock === null || !isSameProcess(lock)) return false;
    process.kill(lock.pid, 'SIGKILL');
  }
  if (victim !== 'worker') await host.kill('SIGKILL');
  // The signal is sent; the process is gone a moment later.
  while (victim !== 'main' && isSameProcess(lock!)) await sleep(5);
  return true;
}

/** Asks until what the host tells is so. @throws Error where it takes too long */
async function untilTrue(host: Host, id: string, states: () => string[]): Promise<RunSummary> {
  const deadline = performance.now() + TRUE_WITHIN;
  for (;;) {
    const before = states();
    const run = await host.client.runs.get({ id });
    const after = states();
    if (before.includes(run.state) || after.includes(run.state)) return run;
    if (performance.now() > deadline) {
      const seen = `${run.state} (${JSON.stringify(run.error)}), but it can only be ${after.join(' or ')}`;
      throw new Error(`${run.workdir} is told to be ${seen}\n${host.stderr()}`);
    }
    await sleep(20);
  }
}

/** What a run may be called, by its files and processes alone: a second opinion, independent of the program's. */
function trueStates(workdir: string): string[] {
  const lock = lockOf(workdir);
  if (lock && isSameProcess(lock)) return ['running'];
  const end = jsonOf<{ state: string }>(join(workdir, 'end.json'));
  // One that waits may be started again before it has begun.
  if (!existsSync(join(workdir, 'timeline.jsonl'))) return ['queued', 'preparing', 'failed'];
  if (end) return [end.state];
  if (existsSync(join(workdir, 'model.json')) && existsSync(join(workdir, 'model.npz')))
    return ['finished', 'interrupted', 'failed'];
  // A main that died before it heard that its worker had begun leaves the run's place in the queue: it is started again,
  // which takes a loaded machine longer than a state may be untrue.
  return ['interrupted', 'failed', 'queued', 'preparing'];
}

interface Lock {
  pid: number;
  started: string;
}

function lockOf(workdir: string): Lock | null {
  return jsonOf<Lock>(join(workdir, 'lock.json'));
}

function isSameProcess({ pid, started }: Lock): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] !== 'Z' && fields[19] === started;
  } catch {
    return false;
  }
}

function jsonOf<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return null;
  }
}

/** The same model to the bit; and the metrics of the undisturbed run, each once, in the file and in the database. */
async function sameRun(host: Host, run: RunSummary, whole: string): Promise<void> {
  const best = ['best.npz', 'best.json'].filter((file) => existsSync(join(whole, file)));
  for (const file of ['model.npz', 'model.json', ...best]) {
    const [left, right] = await Promise.all([run.workdir, whole].map((folder) => readFile(join(folder, file))));
    if (!left!.equals(right!)) throw new Error(`${file} of ${run.workdir} is not that of the run that was left alone`);
  }
  const expected = await metricsOf(whole);
  compare(await metricsOf(run.workdir), expected, `${run.workdir}/metrics.jsonl`);
  const { series } = await host.client.runs.metrics({ id: run.id, maxPoints: 100_000 });
  const kept = new Map(
    series.flatMap(({ name, points }) => points.map(([step, value]) => [`${name} ${step}`, value] as const)),
  );
  for (const key of kept.keys()) if (key.startsWith('img_sec')) kept.delete(key);
  compare(kept, expected, `the database's metrics of ${run.workdir}`);
}

function compare(
  got: ReadonlyMap<string, number | null>,
  expected: ReadonlyMap<string, number | null>,
  what: string,
): void {
  for (const [key, value] of expected)
    if (got.get(key) !== value) throw new Error(`${what}: ${key} is ${got.get(key)}, not ${value}`);
  if (got.size !== expected.size) throw new Error(`${what}: ${got.size} values, not ${expected.size}`);
}

/** Every step's metrics without what depends on the clock. @throws Error for a step that stands twice */
export async function metricsOf(workdir: string): Promise<Map<string, number | null>> {
  const values = new Map<string, number | null>();
  for (const line of (await readFile(join(workdir, 'metrics.jsonl'), 'utf8')).trim().split('\n')) {
    const { step, ...metrics } = JSON.parse(line) as Record<string, number>;
    for (const [metric, value] of Object.entries(metrics)) {
      if (metric.startsWith('img_sec')) continue;
      const key = `${metric} ${step}`;
      if (values.has(key)) throw new Error(`${key} stands twice in ${workdir}/metrics.jsonl`);
      values.set(key, value);
    }
  }
  return values;
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
