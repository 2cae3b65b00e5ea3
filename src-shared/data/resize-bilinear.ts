/** An image as decoders give it: [H, W, 3], row-major. */
export interface RgbImage<T extends Uint8Array | Float32Array = Uint8Array | Float32Array> {
  data: T;
  height: number;
  width: number;
}

/** A rectangle within an image, px. */
export interface CropBox {
  y: number;
  x: number;
  height: number;
  width: number;
}

const f = Math.fround;

interface Taps {
  lower: Int32Array;
  upper: Int32Array;
  lerp: Float32Array;
}

/** Where each output pixel reads along one axis: half-pixel centres, no antialiasing, float32 as TensorFlow. */
function tapsOf(inSize: number, outSize: number): Taps {
  const scale = f(inSize / outSize);
  const taps = { lower: new Int32Array(outSize), upper: new Int32Array(outSize), lerp: new Float32Array(outSize) };
  for (let i = 0; i < outSize; i++) {
    const at = f(f(f(i + 0.5) * scale) - 0.5);
    const floor = Math.floor(at);
    taps.lower[i] = Math.max(floor, 0);
    taps.upper[i] = Math.min(Math.ceil(at), inSize - 1);
    taps.lerp[i] = f(at - floor);
  }
  return taps;
}

/**
 * `tf.image.resize(image, size)`: bilinear, half-pixel centres, without antialiasing, in float32; an image that has
 * the size already comes back as it is. `box` reads only that part. Returns [h, w, 3], values as they came.
 */
export function resizeBilinear(
  image: RgbImage,
  size: readonly [number, number],
  box?: CropBox,
): RgbImage<Float32Array> {
  const { y: y0, x: x0, height: inH, width: inW } = box ?? { y: 0, x: 0, height: image.height, width: image.width };
  const [outH, outW] = size;
  const { data } = image;
  const out = new Float32Array(outH * outW * 3);
  const ys = tapsOf(inH, outH);
  const xs = tapsOf(inW, outW);
  const stride = image.width * 3;
  for (let i = 0, o = 0; i < outH; i++) {
    const top = (y0 + ys.lower[i]!) * stride;
    const bottom = (y0 + ys.upper[i]!) * stride;
    const yLerp = ys.lerp[i]!;
    for (let j = 0; j < outW; j++) {
      const left = (x0 + xs.lower[j]!) * 3;
      const right = (x0 + xs.upper[j]!) * 3;
      const xLerp = xs.lerp[j]!;
      for (let c = 0; c < 3; c++, o++) {
        const tl = data[top + left + c]!;
        const bl = data[bottom + left + c]!;
        const above = f(tl + f(f(data[top + right + c]! - tl) * xLerp));
        const below = f(bl + f(f(data[bottom + right + c]! - bl) * xLerp));
        out[o] = above + f(f(below - above) * yLerp);
      }
    }
  }
  return { data: out, height: outH, width: outW };
}
