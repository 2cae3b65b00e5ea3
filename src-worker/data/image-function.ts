import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { NO_AUGMENTATION, type Augmentation } from '../../src-shared/data/augment/augment.ts';
import { rangeSteps } from '../../src-shared/data/range-steps.ts';
import { attrType } from '../engine/graph/graph-builder.ts';
import { DT, type FunctionDef } from '../engine/graph/proto.ts';
import { graphAugmentation } from './augment-function.ts';
import { randomCrops, wholeImages } from './decode-function.ts';
import type { FunctionBody } from './function-body.ts';
import { PixelBody } from './pixel-body.ts';
import { resampling } from './resample-function.ts';
import { cutOut, placement, resized } from './resize-function.ts';
import { neighbouringSeed, statelessDraw } from './stateless-draw.ts';

/** What happens to one image between its file and the model. */
export interface ImageTransform {
  /** `train`: vit_jax's random crop, resized, and flip. `eval`: as the checkpoint's images are prepared. */
  mode: 'train' | 'eval';
  /**
   * Of the checkpoint: all of it in evaluation; its resolution, decoding and range of values in training, too. Files
   * that must be turned have been, by the datasets service.
   */
  preprocessing: Preprocessing;
  /** Smallest share of the image's area that a training crop keeps; vit_jax: 0.05. */
  cropAreaMin: number;
  /** Mirror half of the training images; vit_jax: yes. */
  flip: boolean;
  /** The images are parts of larger files: what comes as `path` is their bytes. */
  packed?: boolean;
  /** What else is done to training images; vit_jax: nothing. */
  augmentation?: Augmentation | undefined;
}

/**
 * One image as a TensorFlow function for tf.data's map: (path, label, seed [2], weight) -> (image [H, W, 3], label,
 * weight), first in the list; the others are those it calls. In training the steps and their order are vit_jax's
 * (input_pipeline.get_data): decode, crop, resize (bilinear, half-pixel centres, no antialiasing, not cut back to
 * bytes), flip; then what else the run asks for. The random draws come from `seed` alone. Last, the values are brought
 * into the model's range.
 */
export function imageFunctions(name: string, transform: ImageTransform): FunctionDef[] {
  const { mode, preprocessing, cropAreaMin } = transform;
  const { dct, resolution } = preprocessing;
  const train = mode === 'train';
  const { functions, decode } = train ? randomCrops(name, { dct, areaMin: cropAreaMin }) : wholeImages(name, dct);
  const augmented = graphAugmentation(name, (train && transform.augmentation) || NO_AUGMENTATION, resolution);
  const body = new PixelBody();
  const image = decode(body, transform.packed ? 'path' : body.op('ReadFile', ['path'], {}, 'contents'));
  const { pixels: whole, functions: more } = train
    ? { pixels: resized(body, image, { size: body.ints([...resolution]), resize: 'bilinear' }), functions: [] }
    : evaluated(body, image, { name, preprocessing });
  const flipped = train && transform.flip ? randomFlip(body, whole) : whole;
  const values = inRange(body, augmented.onLevels(body, flipped), preprocessing);
  const map: FunctionDef = {
    signature: {
      name,
      input_arg: [
        { name: 'path', type: DT.string },
        { name: 'label', type: DT.int32 },
        { name: 'seed', type: DT.int32 },
        { name: 'weight', type: DT.float32 },
      ],
      output_arg: [
        { name: 'image', type: DT.float32 },
        { name: 'label_out', type: DT.int32 },
        { name: 'weight_out', type: DT.float32 },
      ],
    },
    node_def: body.nodes,
    ret: { image: augmented.onValues(body, values), label_out: 'label', weight_out: 'weight' },
  };
  return [map, ...functions, ...more, ...augmented.functions];
}

/** Resized, and its middle: float32 [h, w, 3] of levels; and the functions that are called for it. */
function evaluated(
  body: FunctionBody,
  image: string,
  { name, preprocessing }: { name: string; preprocessing: Preprocessing },
): { pixels: string; functions: FunctionDef[] } {
  const { resolution, resize, antialias } = preprocessing;
  const placed = placement(body, image, preprocessing);
  if (antialias && resize !== 'nearest') {
    const { resample, functions } = resampling(name, { resolution, kernel: resize });
    return { pixels: resample(body, image, placed), functions };
  }
  const method = antialias ? 'nearest as Pillow' : resize;
  const whole = resized(body, image, { size: placed.size, resize: method });
  const middle = preprocessing.resized === undefined ? whole : cutOut(body, whole, { ...placed, resolution });
  return { pixels: middle, functions: [] };
}

function inRange(body: FunctionBody, pixels: string, preprocessing: Preprocessing): string {
  return rangeSteps(preprocessing).reduce((values, { op, by }) => {
    // One number where the colours share it.
    const value = by.every((v) => v === by[0]) ? body.float(by[0]) : body.constant(Float32Array.of(...by), [3]);
    return body.op(op === 'subtract' ? 'Sub' : 'RealDiv', [values, value], { T: attrType('float32') }, 'z');
  }, pixels);
}

/** Mirrors where a uniform number is above 0.5. The crop has used the seed: the flip draws from the one beside it. */
function randomFlip(body: FunctionBody, pixels: string): string {
  const draw = statelessDraw(body, 'StatelessRandomUniformV2', { seed: neighbouringSeed(body, 1), shape: [1] });
  const mirror = body.op('Greater', [draw, body.float(0.5)], { T: attrType('float32') }, 'z');
  // Reverse takes which axes to turn round as data: one pass over the pixels, mirrored or not.
  const never = body.flags([false]);
  const axes = body.joined([never, mirror, never], 'bool');
  return body.op('Reverse', [pixels, axes], { T: attrType('float32') }, 'output');
}
