import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../src-shared/models/architecture.ts';
import { paramsOf } from '../src-shared/models/family-params.ts';
import { sizeOfShape, type Params } from '../src-shared/models/params.ts';
import { exportTimm } from '../src-worker/checkpoints/export-torch.ts';
import { writeCheckpoint } from '../src-worker/checkpoints/write-checkpoint.ts';
import { arbitrary } from '../src-worker/engine/compare-modes.ts';

export type RandomLayout = 'npz' | 'safetensors';

/**
 * Writes a checkpoint of random weights into a new folder. The weights lie over one another in memory: only the file has
 * all of them.
 * @returns SHA-256 of the file, where its layout gives it
 */
export async function writeRandom(
  architecture: Architecture,
  { layout, folder }: { layout: RandomLayout; folder: string },
): Promise<string | null> {
  mkdirSync(folder);
  const specs = [...paramsOf(architecture)];
  const numbers = arbitrary(Math.max(...specs.map(([, { shape }]) => sizeOfShape(shape))), 7, 0.03);
  const params: Params = new Map(
    specs.map(([name, { shape }]) => [name, { shape, data: numbers.subarray(0, sizeOfShape(shape)) }]),
  );
  if (layout === 'safetensors') {
    await exportTimm({ params, architecture }, folder);
    return null;
  }
  const { sha256 } = await writeCheckpoint(join(folder, 'model.npz'), {
    params,
    architecture,
    labels: null,
    preprocessing: { resolution: architecture.imageSize, resize: 'bilinear', range: '[-1, 1]', exif: 'ignore' },
    provenance: {},
  });
  return sha256;
}
