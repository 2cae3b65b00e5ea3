import { isAbsolute, join, relative } from 'node:path';
import sharp from 'sharp';
import type { EvaluationRecord } from '../../../src-shared/contract/evaluation.ts';
import type { EvaluationReport } from '../../../src-shared/contract/report.ts';
import { blockMatrix, type ConfusionMatrix } from '../../../src-shared/metrics/confusion.ts';
import type { HeatMap, Picture } from './parts.ts';
import { toLinearRgb } from './theme.ts';

/** Shorter side of a thumbnail, px; the longer is at most twice that. */
const SIDE = 128;
/** Images whose shorter side is at most this are embedded as they are and enlarged by nearest neighbour. */
const TINY = 64;
/** Cells along a side of the heat map at most. */
const MAX_CELLS = 240;

/** Thumbnails of the images a report shows, by image index. An image that can't be drawn has none. */
export async function thumbnails(
  record: EvaluationRecord,
  report: EvaluationReport,
  limit: number,
): Promise<Map<number, Picture>> {
  const wanted = new Map<number, string>();
  const shown = [...report.mistakes.listed.slice(0, limit), ...report.suspectLabels.listed.slice(0, limit)];
  for (const mistake of shown) wanted.set(mistake.image, mistake.name);
  const pictures = new Map<number, Picture>();
  for (const [image, name] of wanted) {
    const path = join(record.dataset.root, name);
    const inside = relative(record.dataset.root, path);
    if (inside.startsWith('..') || isAbsolute(inside)) continue;
    const picture = await thumbnail(path, record.preprocessing.exif).catch(() => null);
    if (picture) pictures.set(image, picture);
  }
  return pictures;
}

/**
 * The whole image, its longer side cropped at 2 : 1, oriented as the model saw it. Alpha is dropped, as decoding to
 * three channels does. Without metadata or dates: the same image gives the same bytes.
 */
export async function thumbnail(path: string, exif: 'ignore' | 'apply'): Promise<Picture> {
  const options = { failOn: 'error', limitInputPixels: 1 << 28 } as const;
  const source = exif === 'apply' ? sharp(path, options).autoOrient() : sharp(path, options);
  const metadata = await source.metadata();
  const { width, height } = exif === 'apply' ? metadata.autoOrient : metadata;
  const short = Math.min(width, height);
  const scale = Math.min(1, SIDE / short);
  const size = (side: number): number => Math.max(1, Math.min(2 * Math.round(short * scale), Math.round(side * scale)));
  const resized = source
    .resize(size(width), size(height), { fit: 'cover', kernel: 'lanczos3' })
    .removeAlpha()
    .toColourspace('srgb');
  const tiny = short <= TINY;
  const bytes = await (tiny ? resized.png({ compressionLevel: 9 }) : resized.jpeg({ quality: 80 })).toBuffer();
  return { src: `data:image/${tiny ? 'png' : 'jpeg'};base64,${bytes.toString('base64')}`, pixelated: tiny };
}

/**
 * A confusion matrix as a picture, a pixel a cell: hue says right or wrong, opacity the share of the row on a
 * square-root scale, so that it lies on light and dark paper alike.
 */
export async function heatMap(report: EvaluationReport): Promise<HeatMap> {
  const numClasses = report.classes.length;
  const perCell = Math.ceil(numClasses / MAX_CELLS);
  const side = Math.ceil(numClasses / perCell);
  const matrix: Pick<ConfusionMatrix, 'numClasses' | 'cells'> = {
    numClasses,
    cells: report.confusion.cells.map(([truth, predicted, count]) => ({ truth, predicted, count })),
  };
  const counts = blockMatrix(matrix, side);
  const right = pixel(265);
  const wrong = pixel(27);
  const data = Buffer.alloc(side * side * 4);
  for (let row = 0; row < side; row++) {
    const cells = counts.subarray(row * side, (row + 1) * side);
    const total = cells.reduce((sum, n) => sum + n, 0);
    for (const [column, n] of cells.entries()) {
      if (n === 0) continue;
      const at = (row * side + column) * 4;
      data.set(row === column ? right : wrong, at);
      data[at + 3] = Math.round(255 * (0.3 + 0.7 * Math.sqrt(n / total)));
    }
  }
  const bytes = await sharp(data, { raw: { width: side, height: side, channels: 4 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return { src: `data:image/png;base64,${bytes.toString('base64')}`, perCell };
}

function pixel(hue: number): [number, number, number] {
  const encode = (x: number): number => Math.round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
  const [red, green, blue] = toLinearRgb([0.6, 0.17, hue]);
  return [encode(red), encode(green), encode(blue)];
}
