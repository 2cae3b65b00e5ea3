import { readArchitecture, withDescribed } from '../../src-shared/checkpoints/read-architecture.ts';
import { AppError } from '../../src-shared/errors.ts';
import { gridOf, type Architecture } from '../../src-shared/models/architecture.ts';
import { sameShape, type NamedTensor, type Params } from '../../src-shared/models/params.ts';
import { paramsOf } from '../../src-shared/models/family-params.ts';
import { createProgram } from '../engine/create-program.ts';
import type { TensorValue } from '../engine/program.ts';
import type { Engine } from '../engine/runtime.ts';
import { loadParams, predictProgram } from '../models/predict-program.ts';

export interface ForwardOptions {
  architecture: Architecture;
  params: Params;
  /** [B, H, W, 3] in [-1, 1]. */
  images: NamedTensor;
  intermediates?: readonly string[];
}

/**
 * One forward pass as the product does it: recorded and compiled on TensorFlow, op by op elsewhere.
 * @returns `logits` (the representation where there is no head) and the intermediates asked for
 */
export async function forward(engine: Engine, options: ForwardOptions): Promise<Record<string, TensorValue>> {
  const { architecture, params, images, intermediates = [] } = options;
  checkParams(params, architecture);
  const [batch, ...rest] = images.shape;
  if (!sameShape(rest, [...architecture.imageSize, 3])) {
    throw new AppError(
      'bad_checkpoint',
      `Images are [${images.shape.join(', ')}], the model's are ${architecture.imageSize.join('x')}.`,
    );
  }
  const program = await createProgram(engine, predictProgram({ architecture, batch: batch!, intermediates }));
  try {
    await loadParams(program, params);
    return await program.call('predict', { images: images.data });
  } finally {
    program.dispose();
  }
}

/** The parameters are all there, none too many, and the architecture read from them is the configured one. */
function checkParams(params: Params, architecture: Architecture): void {
  const shapes = new Map([...params].map(([name, { shape }]) => [name, shape]));
  const { imageSize, classifier } = architecture;
  const reading = readArchitecture(shapes, { imageSize, classifier });
  const read: Architecture = { ...withDescribed(reading.architecture, architecture), imageSize };
  const asText = (a: Architecture): string => JSON.stringify(Object.entries({ ...a, grid: gridOf(a) }).sort());
  if (asText(read) !== asText(architecture)) {
    throw new AppError(
      'bad_checkpoint',
      `The weights read as ${asText(read)}, case.json says ${asText(architecture)}.`,
    );
  }
  const unknown = [...params.keys()].filter((name) => !paramsOf(architecture).has(name));
  if (unknown.length > 0) throw new AppError('bad_checkpoint', `The model has no place for ${unknown.join(', ')}.`);
}
