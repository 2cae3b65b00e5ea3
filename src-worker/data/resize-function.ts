import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import { LONGEST, placementOf } from '../../src-shared/data/placement.ts';
import { attrString, attrType } from '../engine/graph/graph-builder.ts';
import type { AttrValue } from '../engine/graph/proto.ts';
import type { FunctionBody } from './function-body.ts';

/** A placement in a graph: int32 [2] each, height and width. */
export interface GraphPlacement {
  /** After the resize, px. */
  size: string;
  /** Of the middle, [y, x], px; below 0 where black is put around. */
  corner: string;
}

/** Height and width of an image [H, W, 3] of bytes. */
export function sidesOf(body: FunctionBody, image: string): string {
  const shape = body.op('Shape', [image], { T: attrType('uint8'), out_type: attrType('int32') }, 'output');
  return body.slice(shape, { begin: body.ints([0]), size: body.ints([2]), dtype: 'int32' });
}

/** `placementOf` in the graph; constants where the image's own size doesn't matter. */
export function placement(body: FunctionBody, image: string, preprocessing: Preprocessing): GraphPlacement {
  const { resized: first, resolution, corner } = preprocessing;
  if (first?.fit !== 'short side') {
    const known = placementOf(preprocessing, [1, 1]);
    return { size: body.ints(known.size), corner: body.ints(known.corner) };
  }
  const { mul, div, min, less } = body.math('float64');
  const sides = sidesOf(body, image);
  const reduce = { T: attrType('int32'), Tidx: attrType('int32'), keep_dims: { b: true } };
  const short = body.op('Min', [sides, body.ints([0])], reduce, 'output');
  const double = (x: string): string => body.cast(x, 'int32', 'float64');
  // Casting cuts off what is behind the point, as Python's int does.
  const exact = div(mul(double(sides), body.double(first.length)), double(short));
  const size = body.cast(min(exact, body.double(LONGEST)), 'float64', 'int32');
  const spare = double(body.math('int32').sub(size, body.ints([...resolution])));
  const half = div(spare, body.double(2));
  const rounded = (op: string): string => body.op(op, [half], { T: attrType('float64') }, 'y');
  const at =
    corner === 'down'
      ? rounded('Floor')
      : body.op(
          'SelectV2',
          [less(spare, body.double(0)), rounded('Ceil'), rounded('Rint')],
          { T: attrType('float64') },
          'output',
        );
  return { size, corner: body.cast(at, 'float64', 'int32') };
}

/** tf.image.resize without antialiasing, or Pillow's nearest: float32 [h, w, 3] of levels, not rounded. */
export function resized(
  body: FunctionBody,
  image: string,
  { size, resize }: { size: string; resize: Preprocessing['resize'] | 'nearest as Pillow' },
): string {
  if (resize === 'nearest as Pillow') return nearestAsPillow(body, image, size);
  const attrs = { T: attrType('uint8'), Tdim: attrType('int32') };
  const batch = body.op('ExpandDims', [image, body.int(0)], attrs, 'output');
  const [dtype, pixels] =
    resize === 'nearest'
      ? (['uint8', body.op('ResizeNearestNeighbor', [batch, size], HALF_PIXELS, 'resized_images')] as const)
      : (['float32', interpolated(body, batch, { image, size, resize })] as const);
  const one = body.op('Squeeze', [pixels], { T: attrType(dtype), squeeze_dims: { list: { i: [0] } } }, 'output');
  return dtype === 'float32' ? one : body.cast(one, 'uint8', 'float32');
}

const HALF_PIXELS: Record<string, AttrValue> = {
  T: attrType('uint8'),
  align_corners: { b: false },
  half_pixel_centers: { b: true },
};

function interpolated(
  body: FunctionBody,
  batch: string,
  { image, size, resize }: { image: string; size: string; resize: 'bilinear' | 'bicubic' | 'lanczos' },
): string {
  if (resize === 'bilinear') return body.op('ResizeBilinear', [batch, size], HALF_PIXELS, 'resized_images');
  if (resize === 'bicubic') return body.op('ResizeBicubic', [batch, size], HALF_PIXELS, 'resized_images');
  const float = (x: string): string => body.cast(x, 'int32', 'float32');
  const scale = body.math('float32').div(float(size), float(sidesOf(body, image)));
  const inputs = [batch, size, scale, body.constant(new Float32Array(2), [2])];
  const attrs = { T: attrType('uint8'), kernel_type: attrString('lanczos3'), antialias: { b: false } };
  return body.op('ScaleAndTranslate', inputs, attrs, 'resized_images');
}

/** Pillow adds the scale up from pixel to pixel, in float64, and reads where that falls. */
function nearestAsPillow(body: FunctionBody, image: string, size: string): string {
  const sides = sidesOf(body, image);
  const { mul, div } = body.math('float64');
  const at = (of: string, axis: number): string =>
    body.slice(of, { begin: body.ints([axis]), size: body.ints([1]), dtype: 'int32' });
  const along = (pixels: string, axis: number): string => {
    const [from, to] = [at(sides, axis), at(size, axis)];
    const scale = div(body.cast(from, 'int32', 'float64'), body.cast(to, 'int32', 'float64'));
    const half = mul(scale, body.double(0.5));
    const rest = body.op(
      'BroadcastTo',
      [scale, body.math('int32').sub(to, body.ints([1]))],
      { T: attrType('float64'), Tidx: attrType('int32') },
      'output',
    );
    const steps = body.joined([half, rest], 'float64');
    const sums = body.op('Cumsum', [steps, body.int(0)], { T: attrType('float64'), Tidx: attrType('int32') }, 'out');
    const last = body.math('int32').sub(from, body.ints([1]));
    const index = body.math('int32').min(body.cast(sums, 'float64', 'int32'), last);
    const attrs = {
      Tparams: attrType('uint8'),
      Tindices: attrType('int32'),
      Taxis: attrType('int32'),
      batch_dims: { i: 0 },
    };
    return body.op('GatherV2', [pixels, index, body.int(axis)], attrs, 'output');
  };
  return body.cast(along(along(image, 0), 1), 'uint8', 'float32');
}

/** The middle of a resized image [H, W, 3]; black lies around it. */
export function cutOut(
  body: FunctionBody,
  pixels: string,
  { size, corner, resolution }: GraphPlacement & { resolution: readonly [number, number] },
): string {
  const { add, sub, max } = body.math('int32');
  const none = body.ints([0, 0]);
  const before = max(sub(none, corner), none);
  const after = max(sub(add(corner, body.ints([...resolution])), size), none);
  const columns = body.op('Pack', [before, after], { T: attrType('int32'), N: { i: 2 }, axis: { i: 1 } }, 'output');
  const paddings = body.joined([columns, body.ints([0, 0], [1, 2])], 'int32');
  const padded = body.op('Pad', [pixels, paddings], { T: attrType('float32'), Tpaddings: attrType('int32') }, 'output');
  const begin = body.joined([max(corner, none), body.ints([0])], 'int32');
  return body.slice(padded, { begin, size: body.ints([...resolution, 3]), dtype: 'float32' });
}
