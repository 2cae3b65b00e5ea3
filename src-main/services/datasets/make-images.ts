import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';

/** Real image files for tests. */
export interface Scratch {
  folder: string;
  write(name: string, data: Uint8Array | string): Promise<string>;
  remove(): Promise<void>;
}

export async function makeScratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-data-'));
  return {
    folder,
    async write(name, data) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, data);
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A picture that differs at every pixel: [H, W, 3]. */
export function pattern(height: number, width: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length: height * width * 3 }, (_, i) => ((i * 2654435761 + seed * 977) >>> 13) & 0xff);
}

export function picture(height = 12, width = 16, seed = 0): Sharp {
  return sharp(pattern(height, width, seed), { raw: { height, width, channels: 3 } });
}

/** BMP, uncompressed: 24 bits; or 8 bits with a palette, where `rows` holds indices. */
export function bmp(options: {
  width: number;
  height: number;
  bits: 24 | 8;
  rows: (y: number) => number[];
  palette?: number[][];
}): Buffer {
  const { width, height, bits, rows, palette = [] } = options;
  const stride = Math.floor((width * bits + 31) / 32) * 4;
  const offset = 54 + palette.length * 4;
  const file = Buffer.alloc(offset + stride * height);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(offset, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  file.writeUInt32LE(palette.length, 46);
  palette.forEach(([r, g, b], i) => file.set([b!, g!, r!, 0], 54 + i * 4));
  for (let y = 0; y < height; y++) file.set(rows(y), offset + (height - 1 - y) * stride); // bottom row first
  return file;
}

/** The pattern as a 24-bit BMP. */
export function bmp24(height: number, width: number): Buffer {
  const rgb = pattern(height, width);
  const row = (y: number) =>
    Array.from({ length: width * 3 }, (_, i) => rgb[(y * width + Math.floor(i / 3)) * 3 + 2 - (i % 3)]!);
  return bmp({ width, height, bits: 24, rows: row });
}
