import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Contestant } from './contestant.ts';
import { ratio, type Figure, type Group } from './figures.ts';
import { takeTurns, type Entrant } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { BATCH, PHOTO_SIZE, RESOLUTION, writePhotos } from './subject.ts';

export interface SectionResult {
  groups: Group[];
  figures: Figure[];
  versions: Record<string, string>;
}

export interface SectionOptions extends BenchOptions {
  /** With the engine chosen. */
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
}

const PYTHON = join(import.meta.dirname, 'python');
const PHOTOS = 128;
/** Steps in a turn: about a second. */
const STEPS = { train: 2, forward: 6 };
/** Thread settings that PyTorch and JAX are tried with. */
const THREADS = [...new Set([1, availableParallelism()])];

/** Ti/16: matrix product, recorded and eager steps, and what the peers do in the same minutes. */
export async function stepsSection(options: SectionOptions): Promise<SectionResult> {
  const started = await startAll(options, [
    ['Vitrine', [process.execPath, join(import.meta.dirname, 'contestants/steps.ts')], {}],
    ...stepPeers(options),
  ]);
  try {
    const [ours, ...peers] = started.contestants as [Contestant, ...Contestant[]];
    options.say('measuring steps');
    const ceiling = await takeTurns(
      [['TensorFlow, 2048 × 2048 float32', () => ours.turn('matmul', 3)]],
      options.rounds,
    );
    const groups: Group[] = [{ title: 'Matrix product (the ceiling)', unit: 'GFLOP', rows: ceiling }];
    const figures: Figure[] = [{ what: 'matrix product', value: ceiling[0]!.perSecond, unit: 'GFLOP/s' }];
    for (const [task, goal] of [
      ['forward', 2],
      ['train', 1.8],
    ] as const) {
      const entrants: Entrant[] = [
        ['Vitrine, recorded', () => ours.turn(`recorded-${task}`, STEPS[task])],
        ['tfjs-node, op by op', () => ours.turn(`eager-${task}`, STEPS[task])],
        ...peers.map((peer): Entrant => [peer.name, () => peer.turn(task, STEPS[task])]),
      ];
      const rows = await takeTurns(entrants, options.rounds);
      groups.push({ title: `ViT-Ti/16, ${RESOLUTION} px, batch ${BATCH}: ${task}`, unit: 'images', rows });
      const value = ratio(rows, ['Vitrine, recorded', 'tfjs-node, op by op'], 'perSecond');
      figures.push({ what: `${task}: recorded against op by op`, value, unit: '×', atLeast: goal });
    }
    return { groups, figures, versions: started.versions };
  } finally {
    for (const contestant of started.contestants) contestant.stop();
  }
}

/** Training images from JPEGs: the pipeline in the graph, sharp, and Pillow. */
export async function loaderSection(options: SectionOptions): Promise<SectionResult> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-'));
  let contestants: Contestant[] = [];
  try {
    const bytes = await writePhotos(folder, PHOTOS);
    const pillow = options.python === undefined ? [] : [python(options.python, 'pillow_loader.py', [folder])];
    const loader = [process.execPath, join(import.meta.dirname, 'contestants/loader.ts'), folder];
    const started = await startAll(options, [
      ['loaders', loader, { UV_THREADPOOL_SIZE: String(availableParallelism()) }],
      ...pillow.map((command): Starter => ['Pillow, one process', command, {}]),
    ]);
    contestants = started.contestants;
    const [ours, peer] = contestants as [Contestant, Contestant?];
    options.say('measuring loaders');
    const entrants: Entrant[] = [
      ['Vitrine, in the graph', () => ours.turn('graph', 4)],
      ['sharp', () => ours.turn('sharp', 2)],
      ...(peer ? [['Pillow, one process', () => peer.turn('pillow', 2)] satisfies Entrant] : []),
    ];
    const rows = await takeTurns(entrants, options.rounds);
    const [h, w] = PHOTO_SIZE;
    const title = `JPEG ${w} × ${h}, ${Math.round(bytes / 1000)} kB, to training images of ${RESOLUTION} px`;
    const against = (name: string, atLeast: number): Figure => {
      const value = ratio(rows, ['Vitrine, in the graph', name], 'perCpuSecond');
      return { what: `loader against ${name.split(',')[0]}, per core`, value, unit: '×', atLeast };
    };
    const figures = [against('sharp', 1.5), ...(peer ? [against('Pillow, one process', 0.95)] : [])];
    return { groups: [{ title, unit: 'images', rows }], figures, versions: started.versions };
  } finally {
    for (const contestant of contestants) contestant.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Starter = readonly [name: string, command: readonly string[], env: NodeJS.ProcessEnv];

/** PyTorch and JAX with each number of threads. */
function stepPeers({ python: venv, vitJax }: BenchOptions): Starter[] {
  if (venv === undefined) return [];
  return THREADS.flatMap((threads): Starter[] => {
    const [label, count] = [threads === 1 ? '1 thread' : `${threads} threads`, String(threads)];
    const limited = threads === 1 ? '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1' : '';
    return [
      [`timm on PyTorch, eager, ${label}`, python(venv, 'timm_steps.py', [count, 'eager']), {}],
      [`timm on PyTorch, torch.compile, ${label}`, python(venv, 'timm_steps.py', [count, 'compile']), {}],
      ...(vitJax === undefined
        ? []
        : ([
            [`vit_jax on JAX, ${label}`, python(venv, 'vit_jax_steps.py', [vitJax]), { XLA_FLAGS: limited }],
          ] as const)),
    ];
  });
}

function python(venv: string, script: string, args: readonly string[]): string[] {
  return [join(venv, 'bin/python'), join(PYTHON, script), ...args];
}

/** One after the other: compiling takes the whole machine. */
async function startAll(
  { env, say }: SectionOptions,
  starters: readonly Starter[],
): Promise<{ contestants: Contestant[]; versions: Record<string, string> }> {
  const contestants: Contestant[] = [];
  const versions: Record<string, string> = {};
  try {
    for (const [name, command, more] of starters) {
      say(`starting ${name}`);
      const { contestant, introduction } = await Contestant.start(name, command, { ...env, ...more });
      contestants.push(contestant);
      Object.assign(versions, introduction.versions);
    }
  } catch (error) {
    for (const contestant of contestants) contestant.stop();
    throw error;
  }
  return { contestants, versions };
}
