import { describe, expect, it } from 'vitest';
import { decodeBmp, readBmpHeader } from './bmp.ts';
import { extensionFits, sniff } from './sniff.ts';

const text = (s: string) => Uint8Array.from(s, (c) => c.charCodeAt(0));

describe('sniff', () => {
  it.each([
    ['\xff\xd8\xff\xe0', 'jpeg'],
    ['\x89PNG\r\n\x1a\n', 'png'],
    ['GIF89a', 'gif'],
    ['RIFF\0\0\0\0WEBPVP8 ', 'webp'],
    ['II*\0', 'tiff'],
    ['MM\0*', 'tiff'],
    ['\0\0\0\x1cftypavif\0\0\0\0', 'avif'],
    ['\0\0\0\x20ftypmif1\0\0\0\0mif1avif', 'avif'],
  ])('%j is %s', (head, format) => expect(sniff(text(head)).format).toBe(format));

  it.each([
    ['hello', 'a text file'],
    ['', 'no image format that is read'],
    ['\0\0\0\0', 'nothing but zero bytes'],
    ['%PDF-1.7', 'a PDF document'],
    ['PK\x03\x04', 'a zip archive'],
    ['<html>', 'a web page'],
    ['\0\0\0\x1cftypheic\0\0\0\0', 'a HEIC image, which is not read'],
    ['BM', 'a text file'],
  ])('%j is %s', (head, looksLike) => expect(sniff(text(head))).toEqual({ format: null, looksLike }));

  it('knows the extensions', () => {
    expect(extensionFits('jpeg', 'jpe')).toBe(true);
    expect(extensionFits('png', 'jpg')).toBe(false);
  });
});

/** A BMP from its header's fields; `pixels` are the rows as stored. */
function bmp(fields: {
  width: number;
  height: number;
  bits: number;
  compression?: number;
  colours?: number[];
  pixels: number[];
}): Uint8Array {
  const { width, height, bits, compression = 0, colours = [], pixels } = fields;
  const extra =
    compression === 3 ? colours.flatMap((m) => [m & 255, (m >> 8) & 255, (m >> 16) & 255, m >>> 24]) : colours;
  const file = new Uint8Array(54 + extra.length + pixels.length);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(10, 54 + extra.length, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, compression, true);
  view.setUint32(46, compression === 3 ? 0 : extra.length / 4, true);
  file.set(extra, 54);
  file.set(pixels, 54 + extra.length);
  return file;
}

describe('BMP', () => {
  it('24 bits, bottom-up and top-down, rows padded to four bytes', () => {
    const pixels = [3, 2, 1, 0, 6, 5, 4, 0];
    expect([...decodeBmp(bmp({ width: 1, height: 2, bits: 24, pixels })).data]).toEqual([4, 5, 6, 1, 2, 3]);
    expect([...decodeBmp(bmp({ width: 1, height: -2, bits: 24, pixels })).data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('palettes of 1, 4 and 8 bits', () => {
    const colours = [0, 0, 255, 0, 255, 0, 0, 0];
    const [red, blue] = [
      [255, 0, 0],
      [0, 0, 255],
    ];
    expect([...decodeBmp(bmp({ width: 3, height: 1, bits: 1, colours, pixels: [0b01000000, 0, 0, 0] })).data]).toEqual(
      [red, blue, red].flat(),
    );
    expect([...decodeBmp(bmp({ width: 2, height: 1, bits: 4, colours, pixels: [0x10, 0, 0, 0] })).data]).toEqual(
      [blue, red].flat(),
    );
    // 7 is past the palette: black.
    expect([...decodeBmp(bmp({ width: 2, height: 1, bits: 8, colours, pixels: [1, 7, 0, 0] })).data]).toEqual([
      ...blue,
      0,
      0,
      0,
    ]);
  });

  it('16 and 32 bits, with and without bit fields', () => {
    expect([...decodeBmp(bmp({ width: 1, height: 1, bits: 16, pixels: [0x1f, 0x7c, 0, 0] })).data]).toEqual([
      255, 0, 255,
    ]);
    const masks = [0xf800, 0x7e0, 0x1f];
    expect([
      ...decodeBmp(bmp({ width: 1, height: 1, bits: 16, compression: 3, colours: masks, pixels: [0xe0, 0x07, 0, 0] }))
        .data,
    ]).toEqual([0, 255, 0]);
    expect([...decodeBmp(bmp({ width: 1, height: 1, bits: 32, pixels: [3, 2, 1, 99] })).data]).toEqual([1, 2, 3]);
    const high = [0xff000000, 0xff0000, 0xff00];
    expect([
      ...decodeBmp(bmp({ width: 1, height: 1, bits: 32, compression: 3, colours: high, pixels: [0, 3, 2, 200] })).data,
    ]).toEqual([200, 2, 3]);
  });

  it('only 24 bits are TensorFlow’s', () => {
    const read = (bits: number, colours: number[] = []) => {
      const file = bmp({ width: 1, height: 1, bits, colours, pixels: [0, 0, 0, 0] });
      return readBmpHeader(file, file.length).tensorflowReads;
    };
    expect([read(24), read(32), read(8, [0, 0, 0, 0])]).toEqual([true, false, false]);
  });

  it('is refused where the header promises what is not there', () => {
    const pixels = [0, 0, 0, 0];
    expect(() => decodeBmp(bmp({ width: 2 ** 30, height: 2 ** 30, bits: 24, pixels }))).toThrow('holds fewer');
    expect(() => decodeBmp(bmp({ width: 1, height: 1, bits: 8, compression: 1, pixels }))).toThrow('compressed');
    expect(() => decodeBmp(bmp({ width: -1, height: 1, bits: 24, pixels }))).toThrow('size of -1');
    expect(() => decodeBmp(bmp({ width: 1, height: 1, bits: 24, pixels }).subarray(0, 30))).toThrow('cut off');
    const manyColours = bmp({ width: 1, height: 1, bits: 8, pixels });
    new DataView(manyColours.buffer).setUint32(46, 1e9, true);
    expect(() => decodeBmp(manyColours)).toThrow('palette is cut off');
  });
});
