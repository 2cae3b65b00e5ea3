import { access, constants, mkdir } from 'node:fs/promises';
import { release } from 'node:os';
import type { EngineStatus, Finding } from '../../src-shared/contract/engine.ts';
import type { TrialsResult } from '../../src-shared/contract/worker.ts';
import { resolveEngine } from '../services/engine/engines.ts';
import { workerEnvironment } from '../services/engine/environment.ts';
import { engineStatus } from '../services/engine/status.ts';
import { freeSpace, homeFolder } from '../services/library/service.ts';
import { runWorker } from '../workers/run-worker.ts';
import { gpuFindings } from './doctor-gpu.ts';

interface Diagnosis {
  ok: boolean;
  system: { platform: string; release: string; node: string };
  findings: Finding[];
  /** Null where nothing was tried. */
  selftest: TrialsResult | null;
}

/** Room for a few checkpoints of B/16 with their momentum. */
const MIN_FREE_BYTES = 5e9;
/** The oldest Node that strips types without being asked. */
const MIN_NODE = [22, 18] as const;

type Check = () => Promise<Omit<Finding, 'name'>>;

/** What is looked at, in this order. A check that throws has failed. */
const CHECKS = {
  Node: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const recent = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
    return verdict(recent, process.versions.node, 'Run "npm ci" in Vitrine\'s folder: it installs Node 24.');
  },
  'Library folder': async () => {
    const writable = await mkdir(homeFolder(), { recursive: true })
      .then(() => access(homeFolder(), constants.W_OK))
      .then(
        () => true,
        () => false,
      );
    return verdict(writable, homeFolder(), 'Make the folder writable, or set VITRINE_HOME to another one.');
  },
  Disk: async () => {
    const free = await freeSpace(homeFolder());
    const detail = `${(free / 1e9).toFixed(1)} GB free in ${homeFolder()}`;
    return verdict(free >= MIN_FREE_BYTES, detail, 'Free some space, or set VITRINE_HOME to another disk.');
  },
} satisfies Record<string, Check>;

interface Options {
  /** Try what is claimed of the engine too. */
  selftest: boolean;
  signal: AbortSignal;
  /** By default the engine is loaded anew. */
  status?: () => Promise<EngineStatus>;
}

/** Looks at this machine; with `selftest` tries on it what is claimed of the engine. */
export async function diagnose(options: Options): Promise<Diagnosis> {
  const findings: Finding[] = [];
  const examined = examine(options);
  let next = await examined.next();
  for (; !next.done; next = await examined.next()) findings.push(next.value);
  return {
    ok: findings.every(({ state }) => state !== 'failed'),
    system: { platform: `${process.platform}-${process.arch}`, release: release(), node: process.versions.node },
    findings,
    selftest: next.value,
  };
}

/** One finding after the other, as each is known. Returns what was tried; null where nothing was. */
export async function* examine(options: Options): AsyncGenerator<Finding, TrialsResult | null> {
  const { selftest, signal, status = engineStatus } = options;
  let failed = false;
  for (const [name, check] of Object.entries<Check>(CHECKS)) {
    const finding = { name, ...(await check().catch((error: Error) => failedCheck(error))) };
    failed ||= finding.state === 'failed';
    yield finding;
  }
  for (const finding of await engineFindings(status)) {
    failed ||= finding.state === 'failed';
    yield finding;
  }
  if (!selftest || failed) return null;
  const choice = await resolveEngine();
  if (choice.kind !== 'tensorflow') {
    yield { name: 'Selftest', state: 'note', detail: 'WASM records no programs', fix: null };
    return null;
  }
  const result = await runWorker('trials', null, { environment: workerEnvironment(choice), signal });
  for (const { name, pass, detail } of result.trials) {
    yield { name, ...verdict(pass, detail, 'Send the report of "vitrine doctor --selftest --json".') };
  }
  return result;
}

async function engineFindings(ask: () => Promise<EngineStatus>): Promise<Finding[]> {
  let status: EngineStatus;
  try {
    status = await ask();
  } catch (error) {
    return [{ name: 'Engine', ...failedCheck(error as Error & { hint?: string }) }];
  }
  const { engine, error, notTaken } = status;
  const named = engine ? `${engine.kind} ${engine.version}, ${engine.threads.intra} threads` : 'none';
  const todo = notTaken[0]?.todo ?? 'Run "vitrine engine status".';
  const found: Finding = { name: 'Engine', ...verdict(status.ok, error?.message ?? named, todo) };
  if (status.ok && engine?.kind === 'wasm') Object.assign(found, { state: 'note', fix: todo });
  return [found, ...(await gpuFindings(status))];
}

function verdict(passed: boolean, detail: string, fix: string): Omit<Finding, 'name'> {
  return { state: passed ? 'passed' : 'failed', detail, fix: passed ? null : fix };
}

function failedCheck({ message, hint }: Error & { hint?: string }): Omit<Finding, 'name'> {
  return { state: 'failed', detail: message, fix: hint ?? null };
}
