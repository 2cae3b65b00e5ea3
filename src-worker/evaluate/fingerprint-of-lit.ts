import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { litPreprocess } from '../../src-shared/data/preprocess.ts';
import { makeFingerprint, type Fingerprint } from '../../src-shared/fingerprint/fingerprint.ts';
import { litVariantOf } from '../../src-shared/models/lit-variants.ts';
import type { LitCheckpoint, LitWeights } from '../checkpoints/open-lit.ts';
import { decodeImage } from '../data/decode-image.ts';
import { createProgram } from '../engine/create-program.ts';
import type { Engine } from '../engine/runtime.ts';
import { imageTowerProgram } from '../models/lit.ts';
import { moveParams } from '../models/predict-program.ts';
import { photoPaths } from './photo-pixels.ts';

/**
 * Of an image and text model: the image tower's embeddings. The text tower has no part in it.
 * @returns null for a model whose outputs are not finite
 */
export async function fingerprintOfLit(
  lit: LitCheckpoint,
  weights: LitWeights,
  engine: Engine,
): Promise<Fingerprint | null> {
  const architecture = lit.architecture.image;
  const [size] = architecture.imageSize; // LiT's images are square
  const preprocessing: Preprocessing = {
    resolution: [size, size],
    resize: 'bilinear',
    range: '[-1, 1]',
    exif: 'ignore',
  };
  const paths = await photoPaths();
  const images = new Float32Array(paths.length * size * size * 3);
  for (const [i, path] of paths.entries()) {
    images.set(litPreprocess(await decodeImage(path), size), i * size * size * 3);
  }
  const program = await createProgram(engine, imageTowerProgram({ architecture, batch: paths.length }), 'eager');
  try {
    await moveParams(program, weights.image);
    const { embedding } = await program.call('embed', { images });
    return makeFingerprint({
      architecture: `${litVariantOf(lit.architecture)?.modelName ?? 'LiT'}, image tower, ${size}x${size}`,
      preprocessing,
      output: 'embedding',
      outputs: embedding!.data as Float32Array,
      engine,
    });
  } finally {
    program.dispose();
  }
}
