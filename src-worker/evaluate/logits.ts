import type { LogitsInput, LogitsResult } from '../../src-shared/contract/worker.ts';
import { AppError } from '../../src-shared/errors.ts';
import { readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import { readNpy } from '../checkpoints/read-npy.ts';
import { writeNpy } from '../checkpoints/write-npz.ts';
import { describeEngine } from '../engine/describe.ts';
import { createProgram } from '../engine/create-program.ts';
import { loadEngine } from '../engine/runtime.ts';
import { moveParams, predictProgram } from '../models/predict-program.ts';

/** Raw logits of raw input, without any preprocessing: for comparing with other implementations. */
export async function computeLogits({ checkpoint, allowNan, input, output }: LogitsInput): Promise<LogitsResult> {
  const images = await readNpy(input);
  const [batch, height, width, channels] = images.shape;
  if (images.shape.length !== 4 || channels !== 3 || batch === undefined || batch < 1) {
    throw new AppError('bad_file', `${input} has shape [${images.shape.join(', ')}], but images are [B, H, W, 3].`, {
      hint: 'Save a float32 array of that shape with numpy.save.',
    });
  }
  const { params, architecture } = await readCheckpoint(checkpoint, { imageSize: [height!, width!], allowNan });
  if (architecture.imageSize[0] !== height || architecture.imageSize[1] !== width) {
    throw new AppError(
      'bad_file',
      `${input} holds images of ${height} x ${width} px, but the checkpoint takes ${architecture.imageSize.join(' x ')} px.`,
      { hint: 'Resize the images; position embeddings are not resized here.' },
    );
  }
  const engine = await loadEngine();
  const program = await createProgram(engine, predictProgram({ architecture, batch }));
  try {
    await moveParams(program, params);
    const { logits } = await program.call('predict', { images: images.data });
    const shape = [...logits!.shape];
    const data = logits!.data as Float32Array;
    if (output !== null) await writeNpy(output, { shape, data });
    return {
      shape,
      logits: output === null ? (nested(data, shape) as unknown[]) : null,
      engine: describeEngine(engine),
    };
  } finally {
    program.dispose();
  }
}

/** Row-major numbers as nested arrays. */
function nested(data: Float32Array, shape: readonly number[]): unknown[] | number {
  const [first, ...rest] = shape;
  if (first === undefined) return data[0]!;
  const size = data.length / first;
  return Array.from({ length: first }, (_, i) => nested(data.subarray(i * size, (i + 1) * size), rest));
}
