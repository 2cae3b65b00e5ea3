/** Bytes that came as base64. */
export function bytesOf(base64: string): Uint8Array {
  const text = atob(base64);
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGBA, row by row. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** Pictures of one size side by side, a transparent pixel apart. @param tiles [n, h, w, 3] */
export function tiled(tiles: Uint8Array, [h, w]: readonly [number, number], columns: number): Picture {
  const count = Math.floor(tiles.length / (h * w * 3));
  const across = Math.max(1, Math.min(columns, count));
  const width = across * (w + 1) - 1;
  const height = Math.max(1, Math.ceil(count / across) * (h + 1) - 1);
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let n = 0; n < count; n++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) {
        const from = ((n * h + y) * w + x) * 3;
        const to = ((Math.floor(n / across) * (h + 1) + y) * width + (n % across) * (w + 1) + x) * 4;
        pixels.set(tiles.subarray(from, from + 3), to);
        pixels[to + 3] = 255;
      }
  return { width, height, pixels };
}

/** Maps of cosines in colours, arranged as the positions are. @param similarities [n, h · w] signed bytes */
export function maps(similarities: Int8Array, grid: readonly [number, number], columns: number): Picture {
  const colours = new Uint8Array(similarities.length * 3);
  for (const [i, value] of similarities.entries()) colours.set(colourOf(value / 127), i * 3);
  return tiled(colours, grid, columns);
}

/** viridis at equal steps (matplotlib), which is even to the eye and in grey print. */
const STOPS = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [109, 205, 89],
  [180, 222, 44],
  [253, 231, 37],
] as const;

/** Of a cosine, −1 to 1. */
export function colourOf(cosine: number): [number, number, number] {
  const at = Math.min(STOPS.length - 1, Math.max(0, ((cosine + 1) / 2) * (STOPS.length - 1)));
  const below = Math.min(STOPS.length - 2, Math.floor(at));
  const [from, to] = [STOPS[below]!, STOPS[below + 1]!];
  return [0, 1, 2].map((i) => Math.round(from[i]! + (at - below) * (to[i]! - from[i]!))) as [number, number, number];
}

/** What draws a picture on a canvas, for `{@attach}`. */
export function drawing(picture: Picture): (canvas: HTMLCanvasElement) => void {
  return (canvas) => {
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.getContext('2d')?.putImageData(new ImageData(picture.pixels, picture.width, picture.height), 0, 0);
  };
}
