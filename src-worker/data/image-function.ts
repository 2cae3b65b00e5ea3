import { attrType, GraphBuilder } from '../engine/graph/graph-builder.ts';
import { DT, type AttrValue, type FunctionDef } from '../engine/graph/proto.ts';

/** What happens to one image between its file and the model. */
export interface ImageTransform {
  /** `train`: vit_jax's random crop and flip. `eval`: the whole image, resized. */
  mode: 'train' | 'eval';
  /** Height and width the model sees, px. */
  resolution: readonly [number, number];
  /** Smallest share of the image's area that a training crop keeps; vit_jax: 0.05. */
  cropAreaMin: number;
  /** Mirror half of the training images; vit_jax: yes. */
  flip: boolean;
}

/** Defaults of tf.image.sample_distorted_bounding_box, which vit_jax keeps. */
const ASPECT_RATIO: readonly [number, number] = [0.75, 1.33];
const CROP_ATTEMPTS = 100;
const PHILOX = 1;

/**
 * One image as a TensorFlow function for tf.data's map: (path, label, seed [2], weight) -> (image [H, W, 3] in [-1, 1],
 * label, weight), first in the list; the others are those it calls. The steps and their order are vit_jax's
 * (input_pipeline.get_data): decode with the fast DCT, crop, resize (bilinear, half-pixel centres, no antialiasing, not
 * cut back to bytes), flip, (x - 127.5) / 127.5. The random draws come from `seed` alone.
 */
export function imageFunctions(name: string, transform: ImageTransform): FunctionDef[] {
  const body = new Body();
  const bytes = body.op('ReadFile', ['path'], {}, 'contents');
  const cropped = transform.mode === 'train' ? croppers(name, transform.cropAreaMin) : [];
  const image = cropped.length > 0 ? decodeAndCrop(body, bytes, cropped) : decode(body, bytes);
  let pixels = resize(body, image, transform.resolution);
  if (transform.mode === 'train' && transform.flip) pixels = randomFlip(body, pixels);
  const half = body.float(127.5);
  const centred = body.op('Sub', [pixels, half], { T: attrType('float32') }, 'z');
  const scaled = body.op('RealDiv', [centred, half], { T: attrType('float32') }, 'z');
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
    ret: { image: scaled, label_out: 'label', weight_out: 'weight' },
  };
  return [map, ...cropped];
}

function decode(body: Body, bytes: string): string {
  const attrs = { channels: { i: 3 }, dtype: attrType('uint8'), expand_animations: { b: false } };
  return body.op('DecodeImage', [bytes], attrs, 'image');
}

/**
 * JPEGs are decoded only where the crop is, which gives the same pixels and takes about half the time; other formats
 * as a whole.
 */
function decodeAndCrop(body: Body, bytes: string, [jpeg, other]: readonly FunctionDef[]): string {
  const start = body.op(
    'Substr',
    [bytes, body.ints([0], []), body.ints([JPEG_MAGIC.length], [])],
    { T: attrType('int32') },
    'output',
  );
  const isJpeg = body.op('Equal', [start, body.text(JPEG_MAGIC)], { T: attrType('string') }, 'z');
  const attrs = {
    Tcond: attrType('bool'),
    Tin: { list: { type: [DT.string, DT.int32] } },
    Tout: { list: { type: [DT.uint8] } },
    then_branch: { func: { name: jpeg!.signature.name } },
    else_branch: { func: { name: other!.signature.name } },
    output_shapes: { list: { shape: [{ unknown_rank: true }] } },
  };
  return body.op('StatelessIf', [isJpeg, bytes, 'seed'], attrs, 'output');
}

const JPEG_MAGIC = Uint8Array.of(0xff, 0xd8, 0xff);

/**
 * Columns decoded beside a crop and cut off again: the decoder smooths a JPEG's colours across columns, and at the
 * edge of what it decodes it has no neighbour.
 */
const MARGIN = 16;

/** Functions (bytes, seed [2]) -> crop [h, w, 3] of uint8: for JPEGs, for everything else. */
function croppers(name: string, areaMin: number): FunctionDef[] {
  const jpeg = new Body();
  const shape = jpeg.op('ExtractJpegShape', ['bytes'], { output_type: attrType('int32') }, 'image_shape');
  const part = cropBox(jpeg, shape, areaMin);
  const pair = (of: string): string => jpeg.op('Slice', [of, jpeg.ints([0]), jpeg.ints([2])], INT_SLICE, 'output');
  const math = (op: string, x: string, y: string): string => jpeg.op(op, [x, y], { T: attrType('int32') }, 'z');
  const joined = (...parts: string[]): string => {
    const attrs = { N: { i: parts.length }, T: attrType('int32'), Tidx: attrType('int32') };
    return jpeg.op('ConcatV2', [...parts, jpeg.ints([0], [])], attrs, 'output');
  };
  const [corner, extent, margin] = [pair(part.begin), pair(part.size), jpeg.ints([0, MARGIN])];
  const from = math('Maximum', math('Sub', corner, margin), jpeg.ints([0, 0]));
  const to = math('Minimum', math('AddV2', math('AddV2', corner, extent), margin), pair(shape));
  const window = joined(from, math('Sub', to, from));
  const decoded = jpeg.op('DecodeAndCropJpeg', ['bytes', window], { channels: { i: 3 } }, 'image');
  const start = joined(math('Sub', corner, from), jpeg.ints([0]));
  const crop = jpeg.op('Slice', [decoded, start, joined(extent, jpeg.ints([3]))], BYTE_SLICE, 'output');

  const other = new Body();
  const image = decode(other, 'bytes');
  const whole = other.op('Shape', [image], { T: attrType('uint8'), out_type: attrType('int32') }, 'output');
  const box = cropBox(other, whole, areaMin);
  const sliced = other.op('Slice', [image, box.begin, box.size], BYTE_SLICE, 'output');

  return [cropper(`${name}_jpeg`, jpeg, crop), cropper(`${name}_other`, other, sliced)];
}

const BYTE_SLICE = { T: attrType('uint8'), Index: attrType('int32') };
const INT_SLICE = { T: attrType('int32'), Index: attrType('int32') };

function cropper(name: string, body: Body, result: string): FunctionDef {
  return {
    signature: {
      name,
      input_arg: [
        { name: 'bytes', type: DT.string },
        { name: 'seed', type: DT.int32 },
      ],
      output_arg: [{ name: 'crop', type: DT.uint8 }],
    },
    node_def: body.nodes,
    ret: { crop: result },
  };
}

/** tf.image.sample_distorted_bounding_box without boxes: a crop of random area, aspect and place. */
function cropBox(body: Body, size: string, areaMin: number): { begin: string; size: string } {
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

function resize(body: Body, image: string, [height, width]: readonly [number, number]): string {
  const batch = body.op(
    'ExpandDims',
    [image, body.ints([0], [])],
    { T: attrType('uint8'), Tdim: attrType('int32') },
    'output',
  );
  const attrs = { T: attrType('uint8'), align_corners: { b: false }, half_pixel_centers: { b: true } };
  const resized = body.op('ResizeBilinear', [batch, body.ints([height, width])], attrs, 'resized_images');
  return body.op('Squeeze', [resized], { T: attrType('float32'), squeeze_dims: { list: { i: [0] } } }, 'output');
}

/** Mirrors where a uniform number is above 0.5. The crop has used the seed: the flip draws from the one beside it. */
function randomFlip(body: Body, pixels: string): string {
  const seed = body.op('Add', ['seed', body.ints([1, 1])], { T: attrType('int32') }, 'z');
  const keyed = body.node('StatelessRandomGetKeyCounter', [seed], { Tseed: attrType('int32') });
  const inputs = [body.ints([1]), `${keyed}:key:0`, `${keyed}:counter:0`, body.ints([PHILOX], [])];
  const draw = body.op(
    'StatelessRandomUniformV2',
    inputs,
    { dtype: attrType('float32'), Tshape: attrType('int32') },
    'output',
  );
  const mirror = body.op('Greater', [draw, body.float(0.5)], { T: attrType('float32') }, 'z');
  // Reverse takes which axes to turn round as data: one pass over the pixels, mirrored or not.
  const never = body.flags([false]);
  const axes = body.op(
    'ConcatV2',
    [never, mirror, never, body.ints([0], [])],
    { N: { i: 3 }, T: attrType('bool'), Tidx: attrType('int32') },
    'output',
  );
  return body.op('Reverse', [pixels, axes], { T: attrType('float32') }, 'output');
}

/** The nodes of a function; there an input is spelled `node:output_arg:index`. */
class Body {
  readonly #builder = new GraphBuilder();

  get nodes(): FunctionDef['node_def'] {
    return this.#builder.nodes;
  }

  node(op: string, inputs: string[], attrs: Record<string, AttrValue>): string {
    return this.#builder.node(op, { inputs, attrs });
  }

  /** Adds a node and returns its output called `result`. */
  // eslint-disable-next-line @typescript-eslint/max-params -- reads as the op's own line in the graph
  op(op: string, inputs: string[], attrs: Record<string, AttrValue>, result: string): string {
    return `${this.node(op, inputs, attrs)}:${result}:0`;
  }

  constant(values: Int32Array | Float32Array, shape: readonly number[]): string {
    return `${this.#builder.constant(values, shape)}:output:0`;
  }

  ints(values: number[], shape: readonly number[] = [values.length]): string {
    return this.constant(Int32Array.from(values), shape);
  }

  flags(values: boolean[]): string {
    return `${this.#builder.constant(Uint8Array.from(values, Number), [values.length])}:output:0`;
  }

  text(bytes: Uint8Array): string {
    const tensor = { dtype: DT.string, tensor_shape: { dim: [] }, string_val: [bytes] };
    return this.op('Const', [], { dtype: attrType('string'), value: { tensor } }, 'output');
  }

  float(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }
}
