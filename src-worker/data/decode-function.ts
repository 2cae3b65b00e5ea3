import { attrString, attrType } from '../engine/graph/graph-builder.ts';
import { DT, type AttrValue, type FunctionDef } from '../engine/graph/proto.ts';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { FunctionBody } from './function-body.ts';

/** Functions by which a file's bytes become pixels, and the node that calls them. */
export interface Decoding {
  /** To be added to the graph. */
  functions: FunctionDef[];
  /** Adds the decoding to a body with an input `seed`: uint8 [H, W, 3]. */
  decode: (body: FunctionBody, bytes: string) => string;
}

type Dct = Preprocessing['dct'];

/** Whole images. TensorFlow's DecodeImage can't be told another DCT than the fast one: JPEGs then go their own way. */
export function wholeImages(name: string, dct: Dct): Decoding {
  if (dct === undefined) return { functions: [], decode: decodeImage };
  const jpeg = new FunctionBody();
  const accurate = jpeg.op('DecodeJpeg', ['bytes'], { channels: { i: 3 }, ...dctAttr(dct) }, 'image');
  const other = new FunctionBody();
  return byFormat(branch(`${name}_jpeg`, jpeg, accurate), branch(`${name}_other`, other, decodeImage(other, 'bytes')));
}

/**
 * Random crops as vit_jax draws them, from `seed` alone. JPEGs are decoded only where the crop is, which gives the same
 * pixels and takes about half the time; other formats as a whole.
 */
export function randomCrops(name: string, { dct, areaMin }: { dct: Dct; areaMin: number }): Decoding {
  const jpeg = new FunctionBody();
  const shape = jpeg.op('ExtractJpegShape', ['bytes'], { output_type: attrType('int32') }, 'image_shape');
  const part = cropBox(jpeg, shape, areaMin);
  const pair = (of: string): string => jpeg.slice(of, { begin: jpeg.ints([0]), size: jpeg.ints([2]), dtype: 'int32' });
  const { add, sub, max, min } = jpeg.math('int32');
  const [corner, extent, margin] = [pair(part.begin), pair(part.size), jpeg.ints([0, MARGIN])];
  const from = max(sub(corner, margin), jpeg.ints([0, 0]));
  const to = min(add(add(corner, extent), margin), pair(shape));
  const window = jpeg.joined([from, sub(to, from)], 'int32');
  const attrs = { channels: { i: 3 }, ...dctAttr(dct) };
  const decoded = jpeg.op('DecodeAndCropJpeg', ['bytes', window], attrs, 'image');
  const begin = jpeg.joined([sub(corner, from), jpeg.ints([0])], 'int32');
  const size = jpeg.joined([extent, jpeg.ints([3])], 'int32');
  const crop = jpeg.slice(decoded, { begin, size, dtype: 'uint8' });

  const other = new FunctionBody();
  const image = decodeImage(other, 'bytes');
  const whole = other.op('Shape', [image], { T: attrType('uint8'), out_type: attrType('int32') }, 'output');
  const sliced = other.slice(image, { ...cropBox(other, whole, areaMin), dtype: 'uint8' });
  return byFormat(branch(`${name}_jpeg`, jpeg, crop), branch(`${name}_other`, other, sliced));
}

/**
 * Columns decoded beside a crop and cut off again: the decoder smooths a JPEG's colours across columns, and at the
 * edge of what it decodes it has no neighbour.
 */
const MARGIN = 16;

function decodeImage(body: FunctionBody, bytes: string): string {
  const attrs = { channels: { i: 3 }, dtype: attrType('uint8'), expand_animations: { b: false } };
  return body.op('DecodeImage', [bytes], attrs, 'image');
}

function dctAttr(dct: Dct): Record<string, AttrValue> {
  return dct === 'accurate' ? { dct_method: attrString('INTEGER_ACCURATE') } : {};
}

/** A function (bytes, seed [2]) -> uint8 [h, w, 3]. */
function branch(name: string, body: FunctionBody, result: string): FunctionDef {
  return {
    signature: {
      name,
      input_arg: [
        { name: 'bytes', type: DT.string },
        { name: 'seed', type: DT.int32 },
      ],
      output_arg: [{ name: 'pixels', type: DT.uint8 }],
    },
    node_def: body.nodes,
    ret: { pixels: result },
  };
}

const JPEG_MAGIC = Uint8Array.of(0xff, 0xd8, 0xff);

function byFormat(jpeg: FunctionDef, other: FunctionDef): Decoding {
  const decode = (body: FunctionBody, bytes: string): string => {
    const length = body.int(JPEG_MAGIC.length);
    const start = body.op('Substr', [bytes, body.int(0), length], { T: attrType('int32') }, 'output');
    const isJpeg = body.op('Equal', [start, body.text(JPEG_MAGIC)], { T: attrType('string') }, 'z');
    const attrs = {
      Tcond: attrType('bool'),
      Tin: { list: { type: [DT.string, DT.int32] } },
      Tout: { list: { type: [DT.uint8] } },
      then_branch: { func: { name: jpeg.signature.name } },
      else_branch: { func: { name: other.signature.name } },
      output_shapes: { list: { shape: [{ unknown_rank: true }] } },
    };
    return body.op('StatelessIf', [isJpeg, bytes, 'seed'], attrs, 'output');
  };
  return { functions: [jpeg, other], decode };
}

/** Defaults of tf.image.sample_distorted_bounding_box, which vit_jax keeps. */
const ASPECT_RATIO: readonly [number, number] = [0.75, 1.33];
const CROP_ATTEMPTS = 100;

/** tf.image.sample_distorted_bounding_box without boxes: a crop of random area, aspect and place. */
function cropBox(body: FunctionBody, size: string, areaMin: number): { begin: string; size: string } {
  const noBoxes = body.constant(new Float32Array(0), [0, 0, 4]);
  const attrs = {
    T: attrType('int32'),
    Tseed: attrType('int32'),
    aspect_ratio_range: { list: { f: [...ASPECT_RATIO] } },
    area_range: { list: { f: [areaMin, 1] } },
    max_attempts: { i: CROP_ATTEMPTS },
    use_image_if_no_bounding_boxes: { b: true },
  };
  const box = body.node('StatelessSampleDistortedBoundingBox', [size, noBoxes, body.float(0), 'seed'], attrs);
  return { begin: `${box}:begin:0`, size: `${box}:size:0` };
}
