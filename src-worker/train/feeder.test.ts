import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packedPath } from '../../src-shared/data/packed-path.ts';
import { createPlan } from '../../src-shared/data/plan.ts';
import type { PlanChunk } from '../engine/pipeline.ts';
import type { Program } from '../engine/program.ts';
import { PlanFeeder } from './feeder.ts';

const BATCH = 2;

/** The chunks that a program is given for steps `from` to `to` of images that are parts of one file. */
async function chunksOf(images: number, length: number, [from, to]: readonly [number, number]): Promise<PlanChunk[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-feeder-'));
  try {
    const file = join(folder, 'images');
    writeFileSync(file, '');
    truncateSync(file, images * length); // a hole: no disk is taken
    const paths = Array.from({ length: images }, (_, i) => packedPath({ file, offset: i * length, length }));
    const labels = paths.map((_, i) => i);
    const chunks: PlanChunk[] = [];
    const program = {
      mode: 'recorded',
      spec: { pipelines: { train: { packed: true } } },
      startPipeline: async (_: string, chunk: PlanChunk) => void chunks.push(chunk),
    } as unknown as Program;
    const feeder = new PlanFeeder(program, { paths, labels }, { seed: 3, batch: BATCH, total_steps: to });
    for (let step = from; step <= to; step++) await feeder.prepare(step);
    const planned = createPlan({ seed: 3, numItems: images }).range((from - 1) * BATCH, (to - from + 1) * BATCH);
    expect(chunks.flatMap((chunk) => [...chunk.labels])).toEqual([...planned.items]);
    for (const { contents, paths: asked } of chunks)
      expect(contents!.map((bytes) => bytes.length)).toEqual(asked.map(() => length));
    return chunks;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('images of a large file come chunk after chunk in the order of the plan, from any step on', async () => {
  const chunks = await chunksOf(7, 12 << 20, [3, 9]);
  // 64 MiB hold five images: two batches.
  expect(chunks.map((chunk) => chunk.paths.length)).toEqual([4, 4, 4, 2]);
});

test('the first step waits for few images only', async () => {
  const chunks = await chunksOf(50, 100, [1, 40]);
  expect(chunks.map((chunk) => chunk.paths.length)).toEqual([16, 64]);
});
