import { expect, test } from 'vitest';
import { bmpBytes, writeBmp } from './bmp-write.ts';
import { decodeBmp, readBmpHeader } from './bmp.ts';

test.each([
  [32, 32],
  [5, 3],
])('%i × %i px come back from the file', (width, height) => {
  const planes = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 37 + 11) & 0xff);
  const target = new Uint8Array(7 + bmpBytes(width, height));
  writeBmp(planes, { width, height, target, at: 7 });
  const file = target.subarray(7);
  expect(readBmpHeader(file, file.length)).toMatchObject({ width, height, tensorflowReads: true });
  const expected = Uint8Array.from(
    { length: planes.length },
    (_, i) => planes[(i % 3) * width * height + Math.floor(i / 3)]!,
  );
  expect(decodeBmp(file).data).toEqual(expected);
});
