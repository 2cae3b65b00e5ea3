import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { buildReport } from './build-report.ts';
import { heatMap, thumbnail } from './pictures.ts';
import { syntheticEvaluation } from './synthetic.fixture.ts';

const root = mkdtempSync(join(tmpdir(), 'vitrine-pictures-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function decoded(src: string): Sharp {
  return sharp(Buffer.from(src.slice(src.indexOf(',') + 1), 'base64'));
}

describe('thumbnail', () => {
  it('embeds a tiny image pixel for pixel', async () => {
    const pixels = Buffer.from(Array.from({ length: 64 }, (_, i) => i * 4));
    const path = join(root, 'tiny.png');
    await sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
      .png()
      .toFile(path);
    const picture = await thumbnail(path, 'ignore');
    expect(picture.pixelated).toBe(true);
    const { data, info } = await decoded(picture.src).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([8, 8]);
    expect(data.filter((_, i) => i % info.channels === 0)).toEqual(pixels);
  });

  it('has a short side of 128 px and at most twice that, and the same bytes each time', async () => {
    const path = join(root, 'wide.jpg');
    await sharp({ create: { width: 3000, height: 300, channels: 3, background: '#a52' } })
      .jpeg()
      .toFile(path);
    const picture = await thumbnail(path, 'ignore');
    const { width, height } = await decoded(picture.src).metadata();
    expect([width, height, picture.pixelated]).toEqual([256, 128, false]);
    expect(await thumbnail(path, 'ignore')).toEqual(picture);
  });

  it('turns an image by EXIF only where the evaluation did', async () => {
    const path = join(root, 'turned.jpg');
    await sharp({ create: { width: 200, height: 150, channels: 3, background: '#52a' } })
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toFile(path);
    const size = async (exif: 'ignore' | 'apply'): Promise<[number, number]> => {
      const { width, height } = await decoded((await thumbnail(path, exif)).src).metadata();
      return [width, height];
    };
    const [w, h] = await size('ignore');
    expect(w).toBeGreaterThan(h);
    expect(await size('apply')).toEqual([h, w]);
  });

  it('refuses what is no image', async () => {
    const path = join(root, 'text.png');
    writeFileSync(path, 'not an image');
    await expect(thumbnail(path, 'ignore')).rejects.toThrow();
  });
});

describe('heatMap', () => {
  it('has a pixel a class, the diagonal strongest, empty cells clear', async () => {
    const { record, predictions } = syntheticEvaluation({ numClasses: 50, perClass: 10, lift: 60, confusion: 0 });
    const { report } = buildReport(record, predictions);
    const map = await heatMap(report);
    const { data, info } = await decoded(map.src).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels, map.perCell]).toEqual([50, 50, 4, 1]);
    const alpha = (row: number, column: number): number => data[(row * 50 + column) * 4 + 3]!;
    for (let i = 0; i < 50; i++) expect(alpha(i, i)).toBe(255);
    expect(alpha(0, 49)).toBe(0);
  });
});
