// A run of vit_jax that goes on here: the state is one of Vitrine's own run, in flax's format, so that the run that
// was never moved tells what must come out.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NamedTensor } from '../src-shared/models/params.ts';
import { packFlax, vitJaxState } from '../src-worker/checkpoints/flax-state.fixture.ts';
import { loadState } from '../src-worker/train/run-files.ts';
import { makeFolder, writeSquares, writeTinyCheckpoint } from './run-fixtures.ts';
import { configFlags, jsonLines, startVitrine, type Ended } from './vitrine.ts';

const TOTAL_STEPS = 60;
let folder: Awaited<ReturnType<typeof makeFolder>>;
let data: string;
let checkpoint: string;
/** Where the first run was stopped. */
let stoppedAt: number;
let state: { params: Map<string, NamedTensor>; trace: Map<string, NamedTensor> };

const at = (name: string): string => join(folder.path, name);

function args(workdir: string, from: string, overrides: Record<string, string | number> = {}): string[] {
  const config = {
    dataset: data,
    total_steps: TOTAL_STEPS,
    warmup_steps: 5,
    batch: 8,
    accum_steps: 1,
    base_lr: 0.01,
    eval_every: 0,
    checkpoint_every: 0,
    progress_every: 1,
    ...overrides,
  };
  const flags = configFlags(config);
  return ['train', `--workdir=${at(workdir)}`, `--checkpoint=${from}`, '--threads=1', '--json', ...flags];
}

async function run(line: string[]): Promise<Ended> {
  return startVitrine(line).ended;
}

/** A folder as vit_jax leaves it, with the state at `step` of the first run. */
async function writeWorkdir(
  name: string,
  change: (state: ReturnType<typeof vitJaxState>) => void = () => {},
): Promise<string> {
  await mkdir(at(name));
  const tree = vitJaxState(state.params, state.trace, stoppedAt);
  change(tree);
  await writeFile(join(at(name), `checkpoint_${stoppedAt}`), packFlax(tree));
  await writeFile(join(at(name), 'checkpoint_1'), 'an older one that is never opened');
  return at(name);
}

beforeAll(async () => {
  folder = await makeFolder();
  data = await writeSquares(at('squares'), { train: 6, test: 2 });
  checkpoint = await writeTinyCheckpoint(at('tiny.npz'));
  const line = args('first', checkpoint);
  const first = startVitrine(line, {
    onLine: (event, running) =>
      void (event.type === 'metrics' && Number(event['step']) >= 12 && running.child.kill('SIGINT')),
  });
  expect((await first.ended).code).toBe(130);
  const saved = (await loadState(at('first')))!;
  stoppedAt = saved.step;
  expect(stoppedAt).toBeLessThan(TOTAL_STEPS);
  const under = (prefix: string): Map<string, NamedTensor> =>
    new Map([...saved.state].flatMap(([n, t]) => (n.startsWith(prefix) ? [[n.slice(prefix.length), t]] : [])));
  state = { params: under('params/'), trace: under('trace/') };
  expect(await run(line)).toMatchObject({ code: 0 });
}, 120_000);
afterAll(() => folder.remove());

describe('train --continue', () => {
  test(
    'goes on with weights, momentum, rate and place as if the run had never moved',
    { timeout: 120_000 },
    async () => {
      const line = [...args('second', await writeWorkdir('vit_jax')), '--continue'];
      const ended = await run(line);
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      const lines = jsonLines(ended);
      expect(lines.find((event) => event.type === 'metrics')).toMatchObject({ step: stoppedAt + 1 });
      expect(lines.at(-1)).toMatchObject({ type: 'result', state: 'done', stepsRun: TOTAL_STEPS - stoppedAt });
      const notes = lines.flatMap((event) => (event.type === 'note' ? [String(event['text'])] : []));
      expect(notes.join('\n')).toContain(`Going on after step ${stoppedAt}`);
      expect(notes.join('\n')).toContain('random state');
      expect(await readFile(at('second/model.npz'))).toEqual(await readFile(at('first/model.npz')));
      const { provenance } = JSON.parse(await readFile(at('second/model.json'), 'utf8')) as { provenance: object };
      expect(provenance).toMatchObject({ continuedAfter: stoppedAt });
      // The same command again finds its run done; without --continue it is another run.
      expect(jsonLines(await run(line)).at(-1)).toMatchObject({ state: 'done', stepsRun: 0 });
      const other = await run(line.filter((flag) => flag !== '--continue'));
      expect(other).toMatchObject({ code: 1 });
      expect(other.stderr + other.stdout).toContain(`continues the checkpoint's run after step ${stoppedAt}`);
    },
  );

  test.each<[string, () => Promise<string[]>, RegExp]>([
    ['weights alone', async () => args('refused', checkpoint), /holds weights alone/],
    [
      'other data',
      async () => args('refused', await writeWorkdir('four'), { dataset: await writeSquaresOfTwo() }),
      /its head has 3 classes, the data 2/,
    ],
    ['another size', async () => args('refused', await writeWorkdir('size'), { 'pp.crop': 32 }), /16x16 px.*32x32/],
    [
      'no steps left',
      async () => args('refused', await writeWorkdir('done'), { total_steps: 8 }),
      /has made \d+ updates of the 8/,
    ],
    [
      'another optimizer',
      async () => args('refused', await writeWorkdir('adam', (tree) => void (tree['1'] = { mu: tree['0']! }))),
      /not vit_jax's SGD with momentum: it keeps "1\/mu\//,
    ],
    [
      'no optimizer',
      async () => args('refused', await writeWorkdir('bare', (tree) => void delete tree['1'])),
      /no state of an optimizer/,
    ],
  ])('is refused with %s', { timeout: 60_000 }, async (_, line, message) => {
    const ended = await run([...(await line()), '--continue']);
    expect(ended.code).not.toBe(0);
    expect(ended.stderr + ended.stdout).toMatch(message);
  });
});

async function writeSquaresOfTwo(): Promise<string> {
  await cp(data, at('two'), { recursive: true });
  for (const split of ['train', 'test']) await rm(join(at('two'), split, 'red'), { recursive: true });
  return at('two');
}
