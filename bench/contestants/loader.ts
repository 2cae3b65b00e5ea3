// Training images from JPEG files: Vitrine's pipeline in the graph, and the same steps by sharp. Tasks: graph, sharp.
// `loader.ts FOLDER`
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { ImagePipeline } from '../../src-worker/data/image-pipeline.ts';
import { samplePlan } from '../../src-worker/data/sample-images.ts';
import { createProgram } from '../../src-worker/engine/create-program.ts';
import { loadEngine } from '../../src-worker/engine/runtime.ts';
import { PHOTO_SIZE, RESOLUTION } from '../subject.ts';
import { serve } from './serve.ts';

const folder = process.argv[2]!;
const files = readdirSync(folder).map((name) => join(folder, name));
const engine = await loadEngine('tensorflow');
const batch = files.length / 8;

const program = await createProgram(engine, {
  name: 'loader',
  state: {},
  pipelines: {
    files: new ImagePipeline({
      name: 'files',
      batch,
      parallelism: engine.threads.intra,
      mode: 'train',
      preprocessing: plainResize([RESOLUTION, RESOLUTION]),
      cropAreaMin: 0.05,
      flip: true,
    }),
  },
  // Only a number crosses to JavaScript, as in a training step.
  methods: { next: { pipeline: 'files', run: (_, { images }) => ({ outputs: { mean: tf.mean(images!) } }) } },
});

sharp.concurrency(1); // one thread an image, as many images as cores: its fastest way
sharp.cache(false);

await serve(
  { versions: { TensorFlow: engine.version, sharp: sharp.versions.sharp ?? '', libvips: sharp.versions.vips } },
  {
    graph: async (count) => {
      for (let pass = 0; pass < count; pass++) {
        await program.startPipeline('files', samplePlan(files, 1000));
        for (let i = 0; i < files.length; i += batch) await program.call('next');
      }
      return count * files.length;
    },
    sharp: async (count) => {
      const queue = Array.from({ length: count }, () => files).flat();
      const work = async (): Promise<void> => {
        for (let path = queue.pop(); path !== undefined; path = queue.pop()) await loadWithSharp(path);
      };
      await Promise.all(Array.from({ length: engine.threads.intra }, work));
      return count * files.length;
    },
  },
);

/** Decode, crop, resize, mirror half, scale to [-1, 1]. */
async function loadWithSharp(path: string): Promise<Float32Array> {
  const image = sharp(path).extract(randomBox()).resize(RESOLUTION, RESOLUTION, { kernel: 'linear', fit: 'fill' });
  const { data } = await (Math.random() < 0.5 ? image.flop() : image).raw().toBuffer({ resolveWithObject: true });
  const scaled = new Float32Array(data.length);
  for (let i = 0; i < scaled.length; i++) scaled[i] = (data[i]! - 127.5) / 127.5;
  return scaled;
}

/** A crop as training takes it: 5 to 100 % of the area, aspect 3:4 to 4:3. */
function randomBox(): { left: number; top: number; width: number; height: number } {
  const [imageHeight, imageWidth] = PHOTO_SIZE;
  for (;;) {
    const area = (0.05 + 0.95 * Math.random()) * imageHeight * imageWidth;
    const aspect = 0.75 + (1.33 - 0.75) * Math.random();
    const [width, height] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
    if (width > imageWidth || height > imageHeight) continue;
    return {
      left: Math.floor(Math.random() * (imageWidth - width + 1)),
      top: Math.floor(Math.random() * (imageHeight - height + 1)),
      width,
      height,
    };
  }
}
