const HEADER_BYTES = 54;

/** Bytes of a 24-bit BMP. */
export function bmpBytes(width: number, height: number): number {
  return HEADER_BYTES + strideOf(width) * height;
}

/**
 * Writes a 24-bit BMP, lossless and as good as raw pixels to decode, into `target` at `at`.
 * @param planes uint8 [3, H, W], red first
 */
export function writeBmp(
  planes: Uint8Array,
  { width, height, target, at }: { width: number; height: number; target: Uint8Array; at: number },
): void {
  const view = new DataView(target.buffer, target.byteOffset + at, bmpBytes(width, height));
  view.setUint16(0, 0x424d); // "BM"
  view.setUint32(2, view.byteLength, true);
  view.setUint32(10, HEADER_BYTES, true);
  view.setUint32(14, 40, true); // BITMAPINFOHEADER
  view.setInt32(18, width, true);
  view.setInt32(22, height, true); // positive: the bottom row first
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  const plane = width * height;
  const stride = strideOf(width);
  for (let y = 0; y < height; y++) {
    let to = at + HEADER_BYTES + (height - 1 - y) * stride;
    for (let from = y * width; from < (y + 1) * width; from++, to += 3) {
      target[to] = planes[2 * plane + from]!;
      target[to + 1] = planes[plane + from]!;
      target[to + 2] = planes[from]!;
    }
  }
}

/** Bytes a row, padded to four. */
function strideOf(width: number): number {
  return Math.ceil((width * 3) / 4) * 4;
}
