import { join } from 'node:path';
import sharp from 'sharp';
import { arbitrary } from '../engine/compare-modes.ts';
import type { PlanChunk } from '../engine/pipeline.ts';

export interface SampleOptions {
  folder: string;
  count: number;
  /** Height and width, px. */
  size: readonly [number, number];
  format?: 'png' | 'jpeg';
}

/** Writes images of smooth noise, each another, for tests and measurements; returns their paths. */
export async function writeSampleImages({ folder, count, size, format = 'png' }: SampleOptions): Promise<string[]> {
  const [height, width] = size;
  const paths: string[] = [];
  for (let i = 0; i < count; i++) {
    // A few random pixels enlarged: JPEGs of a photograph's size in bytes, and PNGs with every value.
    const [h, w] = [Math.min(height, 24), Math.min(width, 32)];
    const pixels = Uint8Array.from(arbitrary(h * w * 3, i), (v) => 127.5 + 127 * v);
    const path = join(folder, `${String(i).padStart(5, '0')}.${format}`);
    const image = sharp(pixels, { raw: { width: w, height: h, channels: 3 } }).resize(width, height, {
      kernel: 'cubic',
    });
    await (format === 'png' ? image.png() : image.jpeg({ quality: 90 })).toFile(path);
    paths.push(path);
  }
  return paths;
}

/** A plan over `paths`: the k-th image has label k mod `classes`, a seed of its own, and counts. */
export function samplePlan(paths: readonly string[], classes: number): PlanChunk {
  return {
    paths,
    labels: Int32Array.from(paths, (_, i) => i % classes),
    seeds: Int32Array.from({ length: 2 * paths.length }, (_, i) => 1000 + 17 * i),
    weights: new Float32Array(paths.length).fill(1),
  };
}
