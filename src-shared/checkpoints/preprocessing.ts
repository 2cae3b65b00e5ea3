import { AppError } from '../errors.ts';
import type { Architecture } from '../models/architecture.ts';
import { sameShape } from '../models/params.ts';
import { cropFraction } from './crop-fraction.ts';
import { IMAGENET_MEAN, IMAGENET_STD } from './imagenet.ts';
import type { Preprocessing } from './sidecar.ts';

type Size = readonly [number, number];

/** AugReg's and ViT's: the whole image resized to the size the model takes, px. */
export function plainResize([height, width]: Size): Preprocessing {
  return { resolution: [height, width], resize: 'bilinear', range: '[-1, 1]', exif: 'ignore' };
}

/** DeiT's evaluation (arXiv:2012.12877, its repository's datasets.py): 256 px for images of 224. */
function deitEvaluation([height, width]: Size): Preprocessing {
  return {
    resolution: [height, width],
    resize: 'bicubic',
    antialias: true,
    resized: { fit: 'short side', length: Math.floor((Math.max(height, width) * 256) / 224) },
    dct: 'accurate',
    range: 'normalised',
    mean: IMAGENET_MEAN,
    std: IMAGENET_STD,
    exif: 'ignore',
  };
}

/** What images are taken to need where a checkpoint says nothing: its family's own recipe. */
export function assumedPreprocessing({ family, imageSize }: Architecture): Preprocessing {
  return family === 'deit' ? deitEvaluation(imageSize) : plainResize(imageSize);
}

/** The same preparation for another size: what is cut off keeps its share, in timm's rounding. */
export function atResolution(preprocessing: Preprocessing, [height, width]: Size): Preprocessing {
  const { resolution: from, resized } = preprocessing;
  if (sameShape(from, [height, width])) return preprocessing;
  const scaled = (side: number, crop: number, to: number): number =>
    Math.max(1, Math.floor(to / cropFraction(crop, side)));
  const to: [number, number] = [height, width];
  if (resized === undefined) return { ...preprocessing, resolution: to };
  const { fit } = resized;
  return {
    ...preprocessing,
    resolution: to,
    resized:
      fit === 'stretch'
        ? { fit, size: [scaled(resized.size[0], from[0], height), scaled(resized.size[1], from[1], width)] }
        : { fit, length: scaled(resized.length, Math.max(...from), Math.max(...to)) },
  };
}

/** What a checkpoint says of its images. */
export interface PreparedModel {
  architecture: Architecture;
  preprocessing: Preprocessing | null;
  /** Why its images can't be prepared here as it says, a clause; absent where they can. */
  unprepared?: string | undefined;
}

/**
 * How images become what a model takes at a size, and what a person should know of it.
 * @param path named in errors
 * @throws AppError bad_checkpoint where the checkpoint asks for something that can't be done here: with another
 *   preparation its answers would be wrong without a word
 */
export function preparationFor(
  path: string,
  { architecture, preprocessing, unprepared }: PreparedModel,
  imageSize: Size = architecture.imageSize,
): { preprocessing: Preprocessing; notes: string[] } {
  if (unprepared !== undefined) {
    throw new AppError('bad_checkpoint', `${path} was made for images that can't be prepared here: ${unprepared}.`, {
      hint: 'Prepare them yourself and use "vitrine logits", or correct the file.',
    });
  }
  if (preprocessing === null) {
    const assumed = assumedPreprocessing({ ...architecture, imageSize });
    // AugReg's files never say it, and it is always this.
    const told = architecture.family === 'deit';
    return {
      preprocessing: assumed,
      notes: told ? [`${path} doesn't say how images are prepared: as DeiT's are.`] : [],
    };
  }
  const scaled = atResolution(preprocessing, imageSize);
  if (scaled === preprocessing) return { preprocessing, notes: [] };
  const { resized } = scaled;
  const first =
    resized === undefined
      ? ''
      : `, cut out of ${resized.fit === 'stretch' ? `${resized.size.join('x')} px` : `a short side of ${resized.length} px`}`;
  return {
    preprocessing: scaled,
    notes: [
      `The checkpoint's images are of ${preprocessing.resolution.join('x')} px; prepared in the same way for ${imageSize.join('x')} px${first}.`,
    ],
  };
}
