import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { Architecture } from '../../src-shared/models/architecture.ts';

/** AugReg's own preprocessing: the whole image resized to the size the model takes. */
export function plainResize(architecture: Architecture): Preprocessing {
  return {
    resolution: [architecture.imageSize[0], architecture.imageSize[1]],
    resize: 'bilinear',
    range: '[-1, 1]',
    exif: 'ignore',
  };
}
