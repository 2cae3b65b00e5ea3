import { attrType } from '../engine/graph/graph-builder.ts';
import { DT, shapeProto, type DtypeName, type FunctionDef } from '../engine/graph/proto.ts';
import { FunctionBody } from './function-body.ts';

const F = { T: attrType('float32') };

/** The arithmetic of pictures in a graph: float32 values by their names there. */
export class PixelBody extends FunctionBody {
  readonly #math = this.math('float32');
  readonly add = this.#math.add;
  readonly sub = this.#math.sub;
  readonly mul = this.#math.mul;
  readonly div = this.#math.div;
  readonly less = this.#math.less;

  /** The largest whole number that is not above. */
  floor(x: string): string {
    return this.op('Floor', [x], F, 'y');
  }

  /** Between 0 and 255. */
  clip(x: string): string {
    return this.#math.max(this.#math.min(x, this.float(255)), this.float(0));
  }

  /** A level: clipped, and what is behind the point cut off. */
  level(x: string): string {
    return this.floor(this.clip(x));
  }

  where(condition: string, [yes, no]: readonly [string, string]): string {
    return this.op('SelectV2', [condition, yes, no], F, 'output');
  }

  both(a: string, b: string): string {
    return this.op('LogicalAnd', [a, b], {}, 'z');
  }

  /** Over some axes, which stay with size 1. */
  reduce(op: 'Min' | 'Max' | 'Mean', x: string, axes: number[]): string {
    return this.#reduce({ op, dtype: 'float32' }, x, axes);
  }

  reduceInts(op: 'Max' | 'Sum', x: string, axes: number[]): string {
    return this.#reduce({ op, dtype: 'int32' }, x, axes);
  }

  #reduce({ op, dtype }: { op: string; dtype: DtypeName }, x: string, axes: number[]): string {
    const attrs = { T: attrType(dtype), Tidx: attrType('int32'), keep_dims: { b: true } };
    return this.op(op, [x, this.ints(axes)], attrs, 'output');
  }

  /** Numbers of a constant length from a vector. */
  part(vector: string, begin: number, size: number): string {
    return this.slice(vector, { begin: this.ints([begin]), size: this.ints([size]), dtype: 'float32' });
  }

  /** One number of a vector, as a scalar. */
  at(vector: string, index: number): string {
    return this.reshape(this.part(vector, index, 1), this.ints([], [0]), 'float32');
  }

  /** Red, green and blue of [H, W, 3], each [H, W, 1]. */
  channels(pixels: string): [string, string, string] {
    const split = this.node('Split', [this.int(2), pixels], { ...F, num_split: { i: 3 } });
    return [0, 1, 2].map((c) => `${split}:output:${c}`) as [string, string, string];
  }

  /** A weighted sum of the colours, [H, W, 1]. */
  grey(pixels: string, weights: readonly [number, number, number]): string {
    const [r, g, b] = this.channels(pixels).map((c, i) => this.mul(c, this.float(weights[i]!)));
    return this.add(this.add(r!, g!), b!);
  }

  /** From `base` (factor 0) to the picture (factor 1) and beyond; not clipped. */
  blend(pixels: string, base: string, factor: string): string {
    return this.add(base, this.mul(factor, this.sub(pixels, base)));
  }

  /** bool [H, W, 1]: true in a box. Bounds are scalars or constants, px; the last two are not in it. */
  box([height, width]: readonly [number, number], bounds: readonly [string, string, string, string]): string {
    const [top, left, bottom, right] = bounds;
    const between = (size: number, from: string, to: string): string => {
      const places = this.constant(
        Float32Array.from({ length: size }, (_, i) => i),
        [size],
      );
      const after = this.op('GreaterEqual', [places, from], F, 'z');
      return this.both(after, this.less(places, to));
    };
    const shaped = (flags: string, shape: number[]): string => this.reshape(flags, this.ints(shape), 'bool');
    return this.both(
      shaped(between(height, top, bottom), [height, 1, 1]),
      shaped(between(width, left, right), [1, width, 1]),
    );
  }
}

/**
 * A function (pixels [H, W, 3], draws [n]) -> [H, W, 3], all float32, for StatelessCase and StatelessIf. What it draws
 * is drawn before, so that it is a function of its inputs alone.
 */
export function pixelFunction(name: string, build: (body: PixelBody) => string): FunctionDef {
  const body = new PixelBody();
  // An op of its own where nothing is done: a function's result may not be its input.
  const result = build(body);
  const changed = result === PIXELS ? body.op('Identity', [PIXELS], F, 'output') : result;
  return {
    signature: {
      name,
      input_arg: [
        { name: PIXELS, type: DT.float32 },
        { name: DRAWS, type: DT.float32 },
      ],
      output_arg: [{ name: 'changed', type: DT.float32 }],
    },
    node_def: body.nodes,
    ret: { changed },
  };
}

/** The inputs of a pixelFunction. */
export const PIXELS = 'pixels';
export const DRAWS = 'draws';

/** Calls one of several functions of pixels by a whole number in float32; `draws` go to whichever it is. */
export function callOne(
  body: PixelBody,
  { branch, functions }: { branch: string; functions: readonly FunctionDef[] },
  { pixels, draws, size }: { pixels: string; draws: string; size: readonly [number, number] },
): string {
  const attrs = {
    Tin: { list: { type: [DT.float32, DT.float32] } },
    Tout: { list: { type: [DT.float32] } },
    branches: { list: { func: functions.map(({ signature }) => ({ name: signature.name })) } },
    output_shapes: { list: { shape: [shapeProto([...size, 3])] } },
  };
  return body.op('StatelessCase', [body.cast(branch, 'float32', 'int32'), pixels, draws], attrs, 'output');
}
