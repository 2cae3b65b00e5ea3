import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contestant } from './contestant.ts';
import { ratio, type Figure, type Group } from './figures.ts';
import { takeTurns, type Entrant } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { node, python, startAll, type Starter } from './starters.ts';
import { PHOTO_SIZE, RESOLUTION, writePhotos } from './subject.ts';

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

const PHOTOS = 128;

/** Training images from JPEGs: the pipeline in the graph, sharp, and Pillow. */
export async function loaderSection(options: SectionOptions): Promise<SectionResult> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-'));
  let contestants: Contestant[] = [];
  try {
    const bytes = await writePhotos(folder, PHOTOS);
    const pillow = options.python === undefined ? [] : [python(options.python, 'pillow_loader.py', [folder])];
    const loader = node('loader.ts', [folder]);
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
