import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NAMED } from '../src-shared/data/named.ts';
import { writeCifar10 } from './cifar-files.ts';
import type { Figure } from './figures.ts';
import { median } from './measure.ts';
import type { SectionOptions, SectionResult } from './sections.ts';

/** Seconds that planning an epoch took a process; see contestants/plan.ts. */
export interface Planning {
  /** To the first chunk, which has the order of the whole epoch. */
  first: number;
  rest: number;
}

/** What a process did to the first batch of a data set; see contestants/first-batch.ts. */
export interface FirstBatch {
  /** TensorFlow's. */
  version: string;
  /** To train on. */
  images: number;
  /** Seconds of each part, TensorFlow being loaded. */
  phases: Record<string, number>;
}

const IMAGENET_IMAGES = NAMED.imagenet2012.splits.train;
const CIFAR_BATCH = 10_000;
/** Figures that the project holds itself to, seconds. */
const GOALS = { epoch: 1, firstBatch: 2 };

/**
 * What a run waits for before its first step, but for its model: the plan of ImageNet's epoch, and CIFAR-10's files from
 * opening to the first batch, imported for the first time and opened again. The files are in the system's cache.
 */
export function planSection({ env, rounds, say }: SectionOptions): SectionResult {
  say(`planning an epoch, ${rounds} times`);
  const plannings = Array.from({ length: rounds }, () => planEpoch(IMAGENET_IMAGES, env));
  const figures = planFigures(plannings);
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-plan-'));
  try {
    const files = join(folder, 'cifar');
    say('writing batches as CIFAR-10 has them');
    writeCifar10(files, CIFAR_BATCH);
    const times: Record<'imported' | 'again', FirstBatch[]> = { imported: [], again: [] };
    say(`opening them, ${rounds} times anew and again`);
    for (let round = 0; round < rounds; round++) {
      const home = join(folder, `home-${round}`);
      times.imported.push(firstBatch(files, home, env));
      times.again.push(firstBatch(files, home, env));
      rmSync(home, { recursive: true });
    }
    figures.push(batchFigure('imported first', times.imported), batchFigure('opened again', times.again));
    const versions = { TensorFlow: times.again[0]!.version, node: process.versions.node };
    return { groups: [], figures, versions };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function planFigures(plannings: readonly Planning[]): Figure[] {
  const of = (value: (planning: Planning) => number): number => median(plannings.map(value));
  const what = `plan of an epoch of ${IMAGENET_IMAGES.toLocaleString('en-US')} images`;
  return [
    { what: `${what}: first chunk`, value: of(({ first }) => first), unit: 's' },
    { what: `${what}: the rest`, value: of(({ rest }) => rest), unit: 's' },
    { what: `${what}: whole`, value: of(({ first, rest }) => first + rest), unit: 's', atMost: GOALS.epoch },
  ];
}

function batchFigure(how: string, times: readonly FirstBatch[]): Figure {
  const parts = Object.keys(times[0]!.phases);
  const of = (part: string): number => median(times.map(({ phases }) => phases[part]!));
  const images = (6 * CIFAR_BATCH).toLocaleString('en-US');
  return {
    what: `${images} images of 32 px, ${how}: first batch (${parts.map((part) => `${part} ${of(part).toFixed(2)}`).join(', ')})`,
    value: median(times.map(({ phases }) => parts.reduce((sum, part) => sum + phases[part]!, 0))),
    unit: 's',
    atMost: GOALS.firstBatch,
  };
}

export function planEpoch(images: number, env: NodeJS.ProcessEnv): Planning {
  return run('plan.ts', [String(images)], env) as Planning;
}

/** @param home is kept between calls: what is imported once is there the next time */
export function firstBatch(folder: string, home: string, env: NodeJS.ProcessEnv): FirstBatch {
  return run('first-batch.ts', [folder, home], env) as FirstBatch;
}

function run(script: string, args: readonly string[], env: NodeJS.ProcessEnv): unknown {
  const path = join(import.meta.dirname, 'contestants', script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script} ${args.join(' ')} failed: ${stderr.slice(-4000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}
