import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScoreInput, ScoreResult } from '../../../src-shared/contract/worker.ts';
import { runWorker } from '../../workers/run-worker.ts';
import type { CommandContext } from './command.ts';
import { ProgressBar } from './progress-bar.ts';
import { engineEnvironment } from './worker-options.ts';

export interface Scored extends ScoreResult {
  /** [N, C], row-major, in the order of the images. */
  logits: Float32Array;
}

/** Runs a checkpoint over images in a worker, with progress for a person. */
export async function scoreImages(context: CommandContext, job: Omit<ScoreInput, 'logitsPath'>): Promise<Scored> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-score-'));
  const bar = new ProgressBar({ quiet: context.json });
  try {
    const logitsPath = join(folder, 'logits.f32');
    const result = await runWorker(
      'score',
      { ...job, logitsPath },
      {
        environment: await engineEnvironment(context),
        signal: context.signal,
        onEvent: ({ done, total }) => bar.show('Scoring images', { done, total }),
      },
    );
    const bytes = await readFile(logitsPath);
    return { ...result, logits: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice() };
  } finally {
    bar.clear();
    await rm(folder, { recursive: true, force: true });
  }
}
