import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { openNpz } from '../checkpoints/npz-file.ts';
import { createProgram } from '../engine/create-program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { ImagePipeline } from './image-pipeline.ts';

const FOLDER = fileURLToPath(new URL('../../bench/goldens/preprocess/', import.meta.url));
const SIZE = 32;
const cases = readdirSync(FOLDER);
const engine = await loadEngine();

/** What training and evaluation really see, against what vit_jax's own input pipeline gave for the same files. */
describe.skipIf(engine.kind !== 'tensorflow')(
  "the pipeline in the graph gives vit_jax's evaluation images (needs TensorFlow)",
  () => {
    let images: Float32Array;

    beforeAll(async () => {
      const paths = cases.map((name) =>
        join(
          FOLDER,
          name,
          readdirSync(join(FOLDER, name)).find((f) => f.startsWith('image'))!,
        ),
      );
      const count = paths.length;
      const pipeline = new ImagePipeline({
        name: 'eval',
        mode: 'eval',
        batch: count,
        parallelism: 2,
        preprocessing: plainResize([SIZE, SIZE]),
        cropAreaMin: 1,
        flip: false,
      });
      const program = await createProgram(engine, {
        name: 'pipeline',
        state: {},
        pipelines: { files: pipeline },
        methods: { next: { pipeline: 'files', run: (_, { images }) => ({ outputs: { images: images! } }) } },
      });
      await program.startPipeline('files', {
        paths,
        labels: new Int32Array(count),
        seeds: new Int32Array(2 * count),
        weights: new Float32Array(count),
      });
      images = (await program.call('next'))['images']!.data as Float32Array;
      program.dispose();
    });

    it.each(cases)('%s', async (name) => {
      const npz = await openNpz(join(FOLDER, name, 'expected.npz'));
      const { data: expected } = await npz.read('vit_jax_eval_32');
      await npz.close();
      const size = SIZE * SIZE * 3;
      const got = images.subarray(cases.indexOf(name) * size, (cases.indexOf(name) + 1) * size);
      const largest = got.reduce((m, x, i) => Math.max(m, Math.abs(x - expected[i]!)), 0);
      expect(largest).toBeLessThan(1e-6);
    });
  },
);
