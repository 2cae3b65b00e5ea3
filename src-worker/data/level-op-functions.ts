import { GREY_WEIGHTS } from '../../src-shared/data/augment/level-ops.ts';
import { attrType } from '../engine/graph/graph-builder.ts';
import { DRAWS, PIXELS, type PixelBody } from './pixel-body.ts';

/** The operations of src-shared/data/augment/level-ops.ts and Cutout, in a graph: bodies of functions of PIXELS. */

export function invert(body: PixelBody): string {
  return body.sub(body.float(255), PIXELS);
}

export function posterize(body: PixelBody, step: number): string {
  return body.mul(body.floor(body.div(PIXELS, body.float(step))), body.float(step));
}

export function solarize(body: PixelBody, threshold: number): string {
  return body.where(body.less(PIXELS, body.float(threshold)), [PIXELS, invert(body)]);
}

export function solarizeAdd(body: PixelBody, addition: number): string {
  const more = body.level(body.add(PIXELS, body.float(addition)));
  return body.where(body.less(PIXELS, body.float(128)), [more, PIXELS]);
}

export function brightness(body: PixelBody, factor: number): string {
  return body.level(body.blend(PIXELS, body.float(0), body.float(factor)));
}

export function color(body: PixelBody, factor: number): string {
  const grey = body.level(body.grey(PIXELS, GREY_WEIGHTS));
  return body.level(body.blend(PIXELS, grey, body.float(factor)));
}

export function contrast(body: PixelBody, factor: number, [height, width]: readonly [number, number]): string {
  // Whole numbers: float32 sums of a large picture would be rounded.
  const grey = body.cast(body.level(body.grey(PIXELS, GREY_WEIGHTS)), 'float32', 'int32');
  const sum = body.reduceInts('Sum', grey, [0, 1, 2]); // [1, 1, 1]
  const mean = body.op('FloorDiv', [sum, body.int(height * width)], { T: attrType('int32') }, 'z');
  return body.level(body.blend(PIXELS, body.cast(mean, 'int32', 'float32'), body.float(factor)));
}

export function sharpness(body: PixelBody, factor: number, [height, width]: readonly [number, number]): string {
  if (height < 3 || width < 3) return PIXELS;
  const inner = [height - 2, width - 2, 3];
  const shifted = (y: number, x: number): string =>
    body.slice(PIXELS, { begin: body.ints([y, x, 0]), size: body.ints(inner), dtype: 'float32' });
  const ring = [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => shifted(y, x)));
  const sum = ring.reduce(body.add, body.mul(shifted(1, 1), body.float(4)));
  const smooth = body.level(body.div(sum, body.float(13)));
  const paddings = body.ints([1, 1, 1, 1, 0, 0], [3, 2]);
  const pad = { T: attrType('float32'), Tpaddings: attrType('int32') };
  const padded = body.op('Pad', [smooth, paddings], pad, 'output');
  const middle = body.box([height, width], [1, 1, height - 1, width - 1].map((at) => body.float(at)) as Bounds);
  return body.level(body.blend(PIXELS, body.where(middle, [padded, PIXELS]), body.float(factor)));
}

export function autoContrast(body: PixelBody): string {
  const [low, high] = [body.reduce('Min', PIXELS, [0, 1]), body.reduce('Max', PIXELS, [0, 1])]; // [1, 1, 3]
  const scale = body.div(body.float(255), body.sub(high, low));
  const offset = body.mul(body.sub(body.float(0), low), scale);
  const stretched = body.level(body.add(body.mul(PIXELS, scale), offset));
  return body.where(body.less(low, high), [stretched, PIXELS]);
}

const INT = { T: attrType('int32') };
const LEVELS = 256;

/** The three colours' histograms and tables lie one behind another in one vector of 3 · 256. */
export function equalize(body: PixelBody, [height, width]: readonly [number, number]): string {
  const { add, sub, max, min } = body.math('int32');
  const binary = (op: string, x: string, y: string): string => body.op(op, [x, y], INT, 'z');
  const first = body.ints([0, LEVELS, 2 * LEVELS]); // of each colour
  const places = add(body.cast(PIXELS, 'float32', 'int32'), first); // [H, W, 3]
  const none = body.ints([], [0]);
  const histogram = body.op('Bincount', [places, body.int(3 * LEVELS), none], INT, 'bins'); // [768]
  const counts = body.reshape(histogram, body.ints([3, LEVELS]), 'int32');
  const lookUp = (table: string, at: string): string => {
    const types = { Tparams: attrType('int32'), Tindices: attrType('int32'), Taxis: attrType('int32') };
    return body.op('GatherV2', [table, at, body.int(0)], { ...types, batch_dims: { i: 0 } }, 'output');
  };
  const brightest = body.reshape(body.reduceInts('Max', places, [0, 1]), body.ints([3, 1]), 'int32');
  const last = lookUp(histogram, brightest); // [3, 1]: how many pixels are brightest
  const step = binary('FloorDiv', sub(body.int(height * width), last), body.int(255));
  const divisor = max(step, body.int(1));
  const running = { T: attrType('int32'), Tidx: attrType('int32'), exclusive: { b: true } };
  const below = body.op('Cumsum', [counts, body.int(1)], running, 'out'); // [3, 256]
  const half = binary('FloorDiv', divisor, body.int(2));
  // Where nothing is darker the level is 0: half a step is less than one.
  const table = min(binary('FloorDiv', add(below, half), divisor), body.int(255));
  const spread = lookUp(body.reshape(table, body.ints([3 * LEVELS]), 'int32'), places);
  const changes = body.op('Less', [body.int(0), body.reshape(step, body.ints([3]), 'int32')], INT, 'z');
  return body.where(changes, [body.cast(spread, 'int32', 'float32'), PIXELS]);
}

type Bounds = [string, string, string, string];

/** A grey square whose middle is drawn: DRAWS are its place from 0 to 1, down and across. */
export function cutout(
  body: PixelBody,
  { half, grey }: { half: number; grey: number },
  size: readonly [number, number],
): string {
  const middle = size.map((side, axis) => body.floor(body.mul(body.at(DRAWS, axis), body.float(side))));
  const [top, left] = middle.map((at) => body.sub(at, body.float(half))) as [string, string];
  const [bottom, right] = middle.map((at) => body.add(at, body.float(half))) as [string, string];
  return body.where(body.box(size, [top, left, bottom, right]), [body.float(grey), PIXELS]);
}
