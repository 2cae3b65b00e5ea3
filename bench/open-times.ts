import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectureOf, variantNamed } from '../src-shared/models/variants.ts';
import type { Figure } from './figures.ts';
import { median } from './measure.ts';
import { writeRandom, type RandomLayout } from './random-checkpoint.ts';
import type { SectionOptions, SectionResult } from './sections.ts';

/** What opening a checkpoint took a process; see contestants/open.ts. */
export interface Opening {
  /** TensorFlow's. */
  version: string;
  /** Bytes of the weights as float32. */
  weights: number;
  /** Seconds from the process's start until the model could be run. */
  ready: number;
  /** Most memory until then, and after two runs, bytes. */
  readyPeak: number;
  runPeak: number;
  /** Seconds of each part. */
  phases: Record<string, number>;
}

const CONTESTANT = join(import.meta.dirname, 'contestants/open.ts');
/** Figures of L/16 that the project holds itself to. */
const GOALS = { seconds: 8, ratio: 2.2 };
const LAYOUTS: readonly RandomLayout[] = ['npz', 'safetensors'];

/**
 * Opens checkpoints of random weights, written for it and removed: seconds until a process can run the model, and its
 * peak memory over the weights'. The file is in the system's cache, as it is when it was just downloaded or used.
 */
export async function openSection({ env, rounds, say }: SectionOptions): Promise<SectionResult> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-'));
  const figures: Figure[] = [];
  let version = '';
  try {
    for (const name of ['ViT-B_16', 'ViT-L_16']) {
      const architecture = architectureOf(variantNamed(name), { imageSize: [224, 224], numClasses: 1000 });
      for (const layout of LAYOUTS) {
        say(`writing ${name} as ${layout}`);
        const path = join(folder, `${name}-${layout}`);
        await writeRandom(architecture, { layout, folder: path });
        for (const mode of ['recorded', 'eager'] as const) {
          say(`opening it, ${mode}`);
          const openings = Array.from({ length: rounds }, () => open(path, mode, env));
          version = openings[0]!.version;
          figures.push(
            ...figuresOf(openings, {
              what: `${name} ${layout}, ${mode}`,
              goal: name === 'ViT-L_16' && mode === 'recorded',
            }),
          );
        }
        rmSync(path, { recursive: true });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { groups: [], figures, versions: { TensorFlow: version, node: process.versions.node } };
}

function open(path: string, mode: string, env: NodeJS.ProcessEnv): Opening {
  const run = spawnSync(process.execPath, [CONTESTANT, path, mode], { env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`opening ${path} failed: ${run.stderr.slice(-4000)}`);
  return JSON.parse(run.stdout.trim().split('\n').at(-1)!) as Opening;
}

function figuresOf(openings: readonly Opening[], { what, goal }: { what: string; goal: boolean }): Figure[] {
  const of = (value: (opening: Opening) => number): number => median(openings.map(value));
  const parts = Object.keys(openings[0]!.phases).map((phase) => `${phase} ${of((o) => o.phases[phase]!).toFixed(2)}`);
  return [
    {
      what: `${what}: ready (${parts.join(', ')})`,
      value: of((o) => o.ready),
      unit: 's',
      ...(goal ? { atMost: GOALS.seconds } : {}),
    },
    { what: `${what}: first run after that`, value: of((o) => o.phases['first run']!), unit: 's' },
    {
      what: `${what}: peak memory until ready, over the weights`,
      value: of((o) => o.readyPeak / o.weights),
      unit: '×',
      ...(goal ? { atMost: GOALS.ratio } : {}),
    },
    {
      what: `${what}: peak memory of two runs, over the weights`,
      value: of((o) => o.runPeak / o.weights),
      unit: '×',
      ...(goal ? { atMost: GOALS.ratio } : {}),
    },
  ];
}
