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
  /** A kill by the clock comes at most so long after the run was started or went on, ms. */
  within: number;
  log: (line: string) => void;
}

export interface KillReport {
  kills: Record<Victim, number>;
  /** Begun. */
  runs: number;
  /** Ended as the run that nobody disturbed. */
  finished: number;
  /** What went otherwise: after the first, nothing more is killed. */
  faults: string[];
  /** From the moment the host answers until the state it tells is true, ms, after each kill of main. */
  untilTrue: number[];
  /** From the start of the host's process until its first answer, ms. */
  starts: number[];
  /** Runs that went on by themselves under a new main, and those that were resumed. */
  reconnected: number;
  resumed: number;
}

export function newReport(): KillReport {
  const kills = { main: 0, worker: 0, both: 0 };
  return { kills, runs: 0, finished: 0, faults: [], untilTrue: [], starts: [], reconnected: 0, resumed: 0 };
}

export function killsOf({ kills }: KillReport): number {
  return kills.main + kills.worker + kills.both;
}

const VICTIMS = ['main', 'worker', 'both'] as const;
type Victim = (typeof VICTIMS)[number];

/** When somebody is killed: so many ms from now, wherever the run is; or at a step and so many ms later. */
type Moment = { after: number } | { step: number; after: number };

/** Milliseconds in which a state must be true. */
const TRUE_WITHIN = 2000;
/** Milliseconds without a kill, a step or another state that no run takes. */
const STUCK = 180_000;
/** Milliseconds between two looks at a run. */
const LOOK = 20;
/** A kill at a step comes at most so long after it was seen, ms: within a few steps, an evaluation or a save. */
const AFTER_STEP = 80;

/**
 * Kills until there were enough, and sees that every run ends as it would have.
 * @param report counted on in; several at once may share it, and then stop together
 * @throws Error at the first that doesn't
 */
export async function killRuns(plan: KillPlan, report = newReport()): Promise<KillReport> {
  const { random } = plan;
  const goesOn = (): boolean => killsOf(report) < plan.kills && report.faults.length === 0;
  let host = await startHost(plan.home);
  let newest = '';
  try {
    while (goesOn()) {
      const name = `run-${report.runs++}`;
      const workdir = join(plan.folder, name);
      newest = workdir;
      let run = await host.client.runs.start({ ...plan.input, workdir });
      /** Since the run was last started. */
      let mainWasKilled = false;
      for (;;) {
        const victim = goesOn() ? VICTIMS[random.below(3)]! : null;
        run = await reach(host, run, victim === null ? null : drawMoment(random, run, plan.within));
        if (run.state === 'finished') break;
        // Until its worker has begun, there is nobody to kill.
        while (victim !== null && isUnderWay(run) && !(await kill(victim, host, workdir)))
          run = await reach(host, run, { after: LOOK });
        if (run.state === 'finished') break;
        if (victim !== null && isUnderWay(run)) {
          report.kills[victim]++;
          if (victim !== 'worker') {
            host = await startHost(plan.home);
            report.starts.push(host.startMilliseconds);
            mainWasKilled = true;
          }
          const since = performance.now();
          // Its only worker's death leaves one end. Others may stand for the moment until main has heard of it, if the
          // run had not begun; after main's death there may be two workers, and one goes on where the other died.
          const itsOnly = victim === 'worker' && !mainWasKilled;
          run = await untilTrue(host, run.id, () => (itsOnly ? endsOf(workdir) : trueStates(workdir)));
          report.untilTrue.push(performance.now() - since);
          plan.log(`${killsOf(report)}: ${victim} killed, ${name} is ${run.state} at step ${run.step}`);
          if (victim === 'main' && run.state === 'running') report.reconnected++;
        }
        if (run.state === 'interrupted' || run.state === 'failed') {
          if (!run.resumable) throw new Error(`${workdir} is ${run.state} and not offered for resuming`);
          run = await host.client.runs.resume({ id: run.id });
          report.resumed++;
          mainWasKilled = false;
        } else if (run.state === 'paused' || run.state === 'stopped') {
          throw new Error(`${workdir} is ${run.state}, which nobody asked for`);
        }
      }
      await sameRun(host, run, plan.whole);
      report.finished++;
      plan.log(`${name} has finished as it would have, run ${report.finished} of ${report.runs}`);
    }
    return report;
  } finally {
    await host.kill('SIGKILL');
    const lock = lockOf(newest); // a fault may leave a worker
    if (lock !== null && isSameProcess(lock)) process.kill(lock.pid, 'SIGKILL');
  }
}

/**
 * By the clock, which finds starting and compiling; or by a step after the last that was saved, so that training,
 * evaluating and saving have their share and the run comes on. One step in two lies beyond the end of a run that is half
 * done: it ends undisturbed.
 */
function drawMoment(random: RandomSource, run: RunSummary, within: number): Moment {
  if (random.below(2) === 0) return { after: random.below(within) };
  const step = Math.max(run.step, run.savedStep ?? 0) + 1 + random.below(run.totalSteps);
  return { step, after: random.below(AFTER_STEP) };
}

/** Whether it has not come to an end, or to a halt. */
function isUnderWay({ state }: RunSummary): boolean {
  return state === 'queued' || state === 'preparing' || state === 'running';
}

/** The run at a moment, or where it came to an end or a halt before; null: there. @throws Error where it doesn't come on */
async function reach(host: Host, from: RunSummary, moment: Moment | null): Promise<RunSummary> {
  let run = from;
  let seen = { at: performance.now(), what: '' };
  /** When the time to wait for begins. */
  let since = moment !== null && !('step' in moment) ? performance.now() : null;
  for (;;) {
    run = await host.client.runs.get({ id: run.id });
    const now = performance.now();
    if (!isUnderWay(run)) return run;
    if (moment !== null && 'step' in moment && run.step >= moment.step) since ??= now;
    if (since !== null && now - since >= moment!.after) return run;
    const what = `${run.state} ${run.step}`;
    if (what !== seen.what) seen = { at: now, what };
    if (now - seen.at > STUCK) throw new Error(`${run.workdir} stays ${run.state} at step ${run.step}`);
    const left = since === null ? LOOK : moment!.after - (now - since);
    await sleep(Math.min(LOOK, Math.max(1, left)));
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

/** Of a run whose only worker was killed: failed; or finished, where it had written its model the moment before. */
function endsOf(workdir: string): string[] {
  return hasModel(workdir) ? ['failed', 'finished'] : ['failed'];
}

function hasModel(workdir: string): boolean {
  return ['model.npz', 'model.json'].every((file) => existsSync(join(workdir, file)));
}

/** What a run may be called, by its files and processes alone: a second opinion, independent of the program's. */
function trueStates(workdir: string): string[] {
  const lock = lockOf(workdir);
  if (lock && isSameProcess(lock)) return ['running'];
  const end = jsonOf<{ state: string }>(join(workdir, 'end.json'));
  // One that waits may be started again before it has begun.
  if (!existsSync(join(workdir, 'timeline.jsonl'))) return ['queued', 'preparing', 'failed'];
  if (end) return [end.state];
  if (hasModel(workdir)) return ['finished', 'interrupted', 'failed'];
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

/**
 * The same model to the bit, the best one too, and the same saved state: parameters, optimizer, running mean. And the
 * metrics of the undisturbed run, each once, in the file and in the database.
 */
async function sameRun(host: Host, run: RunSummary, whole: string): Promise<void> {
  for (const file of resultsOf(whole)) {
    const [mine, other] = await Promise.all([run.workdir, whole].map((folder) => readFile(join(folder, file))));
    if (!mine!.equals(other!)) throw new Error(`${file} of ${run.workdir} is not that of the run that was left alone`);
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

/** Files of a finished run that follow from what it was asked for alone. */
export function resultsOf(workdir: string): string[] {
  const best = ['best.npz', 'best.json'].filter((file) => existsSync(join(workdir, file)));
  const { file } = jsonOf<{ file: string }>(join(workdir, 'checkpoints/latest.json'))!;
  return ['model.npz', 'model.json', ...best, 'checkpoints/latest.json', `checkpoints/${file}`];
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
