import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { makeFingerprint, type Fingerprint } from '../../src-shared/fingerprint/fingerprint.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';
import { architectureTitle } from '../../src-shared/models/architecture-title.ts';
import { sameShape } from '../../src-shared/models/params.ts';
import { variantNameOf } from '../../src-shared/models/variant-name.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { createProgram } from '../engine/create-program.ts';
import type { Engine } from '../engine/runtime.ts';
import { loadParams, predictProgram } from '../models/predict-program.ts';
import { photoPixels } from './photo-pixels.ts';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';

type Model = Pick<Checkpoint, 'params' | 'architecture'>;

/**
 * How a model's photographs are prepared: as a kept fingerprint's were, where that fits the model, so that only the
 * weights tell; otherwise by the whole image resized to the model's size.
 */
export function fingerprintPreprocessing(architecture: Architecture, kept?: Fingerprint | null): Preprocessing {
  if (kept && sameShape(kept.preprocessing.resolution, architecture.imageSize)) return kept.preprocessing;
  return plainResize(architecture.imageSize);
}

/**
 * Runs a model on the photographs. Op by op: three images are computed long before a graph of them is compiled.
 * @returns null for a model whose outputs are not finite
 */
export async function fingerprintOf(
  { params, architecture }: Model,
  engine: Engine,
  kept?: Fingerprint | null,
): Promise<Fingerprint | null> {
  const preprocessing = fingerprintPreprocessing(architecture, kept);
  const images = await photoPixels(preprocessing);
  const program = await createProgram(engine, predictProgram({ architecture, batch: images.shape[0]! }), 'eager');
  try {
    await loadParams(program, params);
    const { logits } = await program.call('predict', { images: images.data });
    return fingerprintFrom(logits!.data as Float32Array, { architecture, preprocessing, engine });
  } finally {
    program.dispose();
  }
}

interface Computed {
  architecture: Architecture;
  preprocessing: Preprocessing;
  engine: Pick<Engine, 'kind' | 'version'>;
}

/** The fingerprint whose photographs gave `outputs`, row-major. */
export function fingerprintFrom(
  outputs: Float32Array,
  { architecture, preprocessing, engine }: Computed,
): Fingerprint | null {
  const title = architectureTitle(architecture, variantNameOf(architecture));
  return makeFingerprint({
    architecture: `${title}, ${architecture.imageSize.join('x')}`,
    preprocessing,
    output: architecture.numClasses === null ? 'representation' : 'logits',
    outputs,
    engine,
  });
}
