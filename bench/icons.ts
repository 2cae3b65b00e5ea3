// `node bench/icons.ts`: the package's icons from the window's own, src-renderer/icon.svg, into resources/icons.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { icnsOf, icoOf } from './icon-files.ts';

const root = join(import.meta.dirname, '..');
const OUT = join(root, 'resources/icons');
const SVG = readFileSync(join(root, 'src-renderer/icon.svg'));
/** macOS draws icons with a margin: 824 of 1024 pixels are the shape. */
const MAC_SHAPE = 824 / 1024;

const png = (size: number): Promise<Buffer> =>
  sharp(SVG, { density: (72 * size) / 32 })
    .resize(size, size)
    .png({ compressionLevel: 9 })
    .toBuffer();

async function macPng(size: number): Promise<Buffer> {
  const shape = Math.round(size * MAC_SHAPE);
  const before = Math.floor((size - shape) / 2);
  const after = size - shape - before;
  return sharp(await png(shape))
    .extend({ top: before, left: before, bottom: after, right: after, background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

async function each(sizes: readonly number[], draw: (size: number) => Promise<Buffer>): Promise<Map<number, Buffer>> {
  return new Map(await Promise.all(sizes.map(async (size) => [size, await draw(size)] as const)));
}

mkdirSync(OUT, { recursive: true });
for (const size of [16, 32, 48, 64, 128, 256, 512, 1024])
  writeFileSync(join(OUT, `${size}x${size}.png`), await png(size));
writeFileSync(join(OUT, 'icon.ico'), icoOf(await each([16, 24, 32, 48, 64, 128, 256], png)));
writeFileSync(join(OUT, 'icon.icns'), icnsOf(await each([16, 32, 64, 128, 256, 512, 1024], macPng)));
console.log(`Icons are in ${OUT}.`);
