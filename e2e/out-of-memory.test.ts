// A training whose batch takes more memory than there is: the system ends its worker, or TensorFlow is refused what it
// asks for. The run goes on with the batch in two parts, and gives what it would have given so from its beginning.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TimelineEntry } from '../src-shared/contract/run-files.ts';
import { memoryItems, splitMemory } from '../src-shared/models/memory.ts';
import { metricsOf } from './kill-runs.ts';
import { makeMemoryGroup } from './memory-group.ts';
import { makeFolder, TINY, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags, jsonLines, startVitrine, type JsonLine, type StartOptions } from './vitrine.ts';

const hasTensorFlow = process.platform === 'linux' && process.env.VITRINE_ENGINE_DIR !== undefined;
const BIN = join(import.meta.dirname, '../bin/vitrine.js');

const group = hasTensorFlow ? makeMemoryGroup(`vitrine-test-${process.pid}`) : null;
if (hasTensorFlow && group === null) {
  console.error(
    '==== SKIPPED: the system ends a worker for want of memory. No control group could be made (that takes root). ====',
  );
}
const canLimit = ((): boolean => {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return hasTensorFlow;
  } catch {
    if (hasTensorFlow) console.error('==== SKIPPED: TensorFlow is refused memory. There is no prlimit. ====');
    return false;
  }
})();

/** Much memory for little work: attention weights, of which a copy of the batch takes 128 × 16 × 325² × 4 bytes. */
const MODEL = { ...TINY, imageSize: [144, 144] as [number, number], width: 32, mlpDim: 32, numHeads: 16 };
const BATCH = 128;
/** What half a batch takes, bytes: so much more than in two parts is needed for the whole. */
const HALF = ((): number => {
  const rest = {
    architecture: MODEL,
    mode: 'train',
    precision: 'float32',
    device: 'cpu',
    accumulating: false,
  } as const;
  const of = (batch: number): number =>
    splitMemory(memoryItems({ ...rest, optimizer: 'momentum-bfloat16', batch })).step;
  return of(BATCH) - of(BATCH / 2);
})();
/** Of the process that starts the worker, bytes. */
const COMMAND_LINE = 100e6;

let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (name: string): string => join(folder.path, name);

describe.skipIf(!hasTensorFlow)('memory that runs out (needs TensorFlow, Linux)', () => {
  /** The most that the worker held in two parts, bytes: in memory without what it has of files, and of addresses. */
  let peak: { resident: number; addresses: number };

  beforeAll(async () => {
    folder = await makeFolder();
    await writeSquares(at('squares'), { train: 24, test: 1 });
    await writeTinyCheckpoint(at('tiny.npz'), MODEL);
    await mkdir(at('home'));
    peak = await peakOf('parts', { accum_steps: 2 });
  }, 240_000);
  afterAll(async () => {
    group?.remove();
    await folder.remove();
  });

  const env = (): NodeJS.ProcessEnv => ({
    VITRINE_HOME: at('home'),
    VITRINE_COMPILED_DIR: '', // each compiles, and takes the memory for it
    // Otherwise V8 reserves 10 GB of addresses, and does without where it can't: no limit would be told by them.
    NODE_OPTIONS: '--disable-wasm-trap-handler',
  });

  function train(
    name: string,
    config: Record<string, number>,
    how: { program?: string[]; onLine?: StartOptions['onLine'] } = {},
  ) {
    const all = {
      ...{ dataset: at('squares'), total_steps: 2, warmup_steps: 0, batch: BATCH, batch_eval: 3, base_lr: 0.003 },
      ...{ eval_every: 0, checkpoint_every: 1, progress_every: 1, ...config },
    };
    const flags = configFlags(all);
    const args = ['train', `--workdir=${at(name)}`, `--checkpoint=${at('tiny.npz')}`, '--threads=1', '--json'];
    return startVitrine([...args, ...flags], { env: env(), ...how }).ended;
  }

  function pidOf(name: string): number {
    return (JSON.parse(readFileSync(at(`${name}/lock.json`), 'utf8')) as { pid: number }).pid;
  }

  /** A training that has all the memory it wants, and what its worker took. */
  async function peakOf(name: string, config: Record<string, number>): Promise<typeof peak> {
    let status = '';
    const onLine = (): void => {
      try {
        status = readFileSync(`/proc/${pidOf(name)}/status`, 'utf8');
      } catch {
        // not yet, or no longer
      }
    };
    const ended = await train(name, config, { onLine });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    const bytes = (field: string): number => 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]);
    return { resident: bytes('VmHWM') - bytes('RssFile'), addresses: bytes('VmPeak') };
  }

  async function timelineOf(name: string): Promise<TimelineEntry[]> {
    const lines = (await readFile(at(`${name}/timeline.jsonl`), 'utf8')).trim().split('\n');
    return lines.map((line) => JSON.parse(line) as TimelineEntry);
  }

  /** It says so once, keeps it, and computes what two parts compute from the first step on. */
  async function expectTwoParts(name: string, lines: JsonLine[]): Promise<void> {
    expect(lines.at(-1)).toMatchObject({ type: 'result', state: 'done', step: 2 });
    const retries = (await timelineOf(name)).filter(({ type }) => type === 'oom_retry');
    expect(retries).toMatchObject([{ text: expect.stringContaining('now computed in 2 parts of 64') as string }]);
    expect(JSON.parse(await readFile(at(`${name}/run.json`), 'utf8'))).toMatchObject({ accumSteps: 2 });
    const [mine, parts] = await Promise.all([name, 'parts'].map((run) => readFile(at(`${run}/model.npz`))));
    expect(mine!.equals(parts!)).toBe(true);
    expect(await metricsOf(at(name))).toEqual(await metricsOf(at('parts')));
  }

  test.skipIf(group === null)(
    'the system ends the worker: another goes on in more parts (needs root)',
    async () => {
      // The command line beside the worker takes a part of the room.
      group!.limit(Math.round(peak.resident + HALF / 2 + COMMAND_LINE));
      const ended = await train('starved', { accum_steps: 1 }, { program: [...group!.enter, process.execPath, BIN] });
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      expect(group!.kills()).toBe(1);
      expect((await timelineOf('starved')).filter(({ type }) => type === 'start')).toHaveLength(2);
      const lines = jsonLines(ended);
      const said = lines.flatMap(({ type, text }) => (type === 'note' ? [String(text)] : []));
      expect(said).toContainEqual(expect.stringMatching(/was ended by the system: memory ran out\. Going on/));
      await expectTwoParts('starved', lines);
    },
    240_000,
  );

  test.skipIf(!canLimit)(
    'TensorFlow is refused memory: the same worker goes on in more parts',
    async () => {
      // Addresses are a rough measure: what the refused attempt had compiled stays. So the limit is for that one alone.
      const program = ['prlimit', `--as=${Math.round(peak.addresses + HALF / 2)}:`, process.execPath, BIN];
      const onLine = ({ type, what }: JsonLine): void => {
        if (type === 'milestone' && what === 'oom_retry')
          execFileSync('prlimit', [`--pid=${pidOf('refused')}`, '--as=unlimited:']);
      };
      const ended = await train('refused', { accum_steps: 1 }, { program, onLine });
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      expect((await timelineOf('refused')).filter(({ type }) => type === 'start')).toHaveLength(1);
      await expectTwoParts('refused', jsonLines(ended));
    },
    240_000,
  );
});
