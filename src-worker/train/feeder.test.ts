import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packedPath } from '../../src-shared/data/packed-path.ts';
import { createPlan } from '../../src-shared/data/plan.ts';
import type { PlanChunk } from '../engine/pipeline.ts';
import type { Program } from '../engine/program.ts';
import { PlanFeeder } from './feeder.ts';

const LENGTH = 12 << 20;
const BATCH = 2;

test('images of a large file come chunk after chunk in the order of the plan, from any step on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-feeder-'));
  try {
    const file = join(folder, 'images');
    writeFileSync(file, '');
    truncateSync(file, 7 * LENGTH); // a hole: no disk is taken
    const paths = Array.from({ length: 7 }, (_, i) => packedPath({ file, offset: i * LENGTH, length: LENGTH }));
    const labels = paths.map((_, i) => i);
    const chunks: PlanChunk[] = [];
    const program = {
      mode: 'recorded',
      spec: { pipelines: { train: { packed: true } } },
      startPipeline: async (_: string, chunk: PlanChunk) => void chunks.push(chunk),
    } as unknown as Program;
    const config = { seed: 3, batch: BATCH, total_steps: 9 };
    const feeder = new PlanFeeder(program, { paths, labels }, config);
    for (let step = 3; step <= 9; step++) await feeder.prepare(step);
    const planned = [...createPlan({ seed: 3, numItems: 7 }).range(4, 14).items];
    expect(chunks.flatMap((chunk) => [...chunk.labels])).toEqual(planned);
    // 64 MiB hold five images: two batches.
    expect(chunks.map((chunk) => chunk.paths.length)).toEqual([4, 4, 4, 2]);
    for (const { contents, paths: asked } of chunks)
      expect(contents!.map((bytes) => bytes.length)).toEqual(asked.map(() => LENGTH));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
