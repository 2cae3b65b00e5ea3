import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { packedPath } from '../../src-shared/data/packed-path.ts';
import { createProgram } from '../engine/create-program.ts';
import type { PlanChunk } from '../engine/pipeline.ts';
import type { Program, TensorValue } from '../engine/program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { ImagePipeline } from './image-pipeline.ts';
import { piecesOf, takesContents, withContents, withinBytes } from './packed-chunks.ts';
import { readEncoded } from './packed-bytes.ts';
import { samplePlan, writeSampleImages } from './sample-images.ts';

const folder = mkdtempSync(join(tmpdir(), 'vitrine-packed-'));
let files: string[];
let packed: string[];
beforeAll(async () => {
  files = await writeSampleImages({ folder, count: 8, size: [24, 20], format: 'jpeg' });
  files[3] = (await writeSampleImages({ folder: mkdtempSync(join(folder, 'p')), count: 1, size: [9, 7] }))[0]!;
  packed = pack('images.pack', files);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files one behind another, each behind nine bytes of something else. */
function pack(name: string, paths: readonly string[]): string[] {
  const file = join(folder, name);
  let offset = 0;
  const parts = paths.map((path) => {
    const bytes = readFileSync(path);
    const place = packedPath({ file, offset: offset + 9, length: bytes.length });
    offset += 9 + bytes.length;
    return { bytes: Buffer.concat([Buffer.alloc(9, 0xff), bytes]), place };
  });
  writeFileSync(file, Buffer.concat(parts.map(({ bytes }) => bytes)));
  return parts.map(({ place }) => place);
}

test('bytes come in the order asked for, from files and from parts of files', async () => {
  const order = [5, 0, 7, 7, 3, 1];
  const mixed = order.map((i, at) => (at === 2 ? files[i]! : packed[i]!));
  const contents = await readEncoded(mixed);
  expect(contents.map((c) => Buffer.from(c))).toEqual(order.map((i) => readFileSync(files[i]!)));
});

test('a file that is gone or has become shorter is named', async () => {
  await expect(readEncoded([packedPath({ file: join(folder, 'gone'), offset: 0, length: 1 })])).rejects.toMatchObject({
    code: 'not_found',
  });
  const cut = pack('cut.pack', files);
  truncateSync(join(folder, 'cut.pack'), 100);
  await expect(readEncoded([cut[0]!])).rejects.toThrow(
    `${join(folder, 'cut.pack')} ends at byte 100, within an image.`,
  );
});

test('pieces are whole batches, hold what may be held, and miss nothing', () => {
  const paths = Array.from({ length: 24 }, (_, i) => packedPath({ file: '/f', offset: i, length: 10 << 20 }));
  const chunk = samplePlan(paths, 5);
  expect(withinBytes(chunk, 4).paths.length).toBe(4); // six would fit
  const pieces = [...piecesOf(chunk, 4)];
  expect(pieces.flatMap((p) => p.paths)).toEqual(paths);
  expect(pieces.flatMap((p) => [...p.seeds])).toEqual([...chunk.seeds]);
  expect(pieces.flatMap((p) => [...p.labels])).toEqual([...chunk.labels]);
  expect([...piecesOf(chunk, 24)].length).toBe(1); // one batch is never cut
  expect(withinBytes(samplePlan(files, 5), 4).paths).toEqual(files);
});

describe.skipIf(!process.env.VITRINE_ENGINE_DIR)('packed images in the graph', () => {
  test.each(['train', 'eval'] as const)('give the pixels of their files: %s', async (mode) => {
    const engine = await loadEngine('tensorflow');
    const batches = async (plan: PlanChunk, options: { packed: boolean; as: Program['mode'] }) => {
      const transform = { mode, preprocessing: plainResize([12, 10]), cropAreaMin: 0.05, flip: true };
      const pipeline = new ImagePipeline({ ...transform, name: 'x', batch: 4, parallelism: 2, packed: options.packed });
      const methods = { next: { pipeline: 'x', run: (_: unknown, feeds: object) => ({ outputs: { ...feeds } }) } };
      const program = await createProgram(
        engine,
        { name: 'x', state: {}, pipelines: { x: pipeline }, methods },
        options.as,
      );
      try {
        const wanted = takesContents(program, 'x');
        expect(wanted).toBe(options.packed && options.as === 'recorded');
        await program.startPipeline('x', wanted ? await withContents(plan) : plan);
        const got: Record<string, TensorValue>[] = [];
        for (let i = 0; i < 2; i++) got.push(await program.call('next'));
        return got;
      } finally {
        program.dispose();
      }
    };
    const expected = await batches(samplePlan(files, 5), { packed: false, as: 'recorded' });
    expect(await batches(samplePlan(packed, 5), { packed: true, as: 'recorded' })).toEqual(expected);
    const plain = await batches(samplePlan(files, 5), { packed: false, as: 'eager' });
    expect(await batches(samplePlan(packed, 5), { packed: true, as: 'eager' })).toEqual(plain);
  });
});
