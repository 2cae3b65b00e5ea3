import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import { createPlan } from '../../src-shared/data/plan.ts';
import { decodeImage } from './decode-image.ts';
import { loadBatch, type LoaderEntry } from './sharp-loader.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-loader-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, data: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, data);
  return path;
}

const pixels = (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * 89 + 7) & 0xff);
const rgb = () => sharp(pixels(60), { raw: { width: 5, height: 4, channels: 3 } });

describe('decodeImage', () => {
  it('drops alpha without blending, takes the high byte of 16 bits, spreads grey', async () => {
    const rgba = sharp(pixels(80), { raw: { width: 5, height: 4, channels: 4 } });
    const withoutAlpha = [...pixels(80)].filter((_, i) => i % 4 !== 3);
    expect([...(await decodeImage(await put('alpha.png', await rgba.png().toBuffer()))).data]).toEqual(withoutAlpha);

    const deep = Uint16Array.from({ length: 60 }, (_, i) => (i * 1091 + 130) & 0xffff);
    const png16 = await sharp(deep, { raw: { width: 5, height: 4, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(png16).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(await put('deep.png', png16))).data]).toEqual([...deep].map((v) => v >> 8));

    const grey16 = await sharp(deep.slice(0, 20), { raw: { width: 5, height: 4, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(grey16).metadata()).channels).toBe(1);
    const spread = [...deep.slice(0, 20)].flatMap((v) => [v >> 8, v >> 8, v >> 8]);
    expect([...(await decodeImage(await put('grey16.png', grey16))).data]).toEqual(spread);
  });

  it('reads palettes and the first frame of a GIF', async () => {
    const two = Uint8Array.from({ length: 24 }, (_, i) => (i % 6 < 3 ? 255 : 0));
    const image = sharp(two, { raw: { width: 4, height: 2, channels: 3 } });
    for (const [name, data] of [
      ['p.png', await image.clone().png({ palette: true }).toBuffer()],
      ['g.gif', await image.clone().gif().toBuffer()],
    ] as const) {
      expect([...(await decodeImage(await put(name, data))).data], name).toEqual([...two]);
    }
  });

  it('ignores EXIF unless asked', async () => {
    const path = await put('turned.png', await rgb().withMetadata({ orientation: 6 }).png().toBuffer());
    expect(await decodeImage(path)).toMatchObject({ height: 4, width: 5 });
    const turned = await decodeImage(path, { exif: true });
    expect([turned.height, turned.width]).toEqual([5, 4]);
    expect([...turned.data]).toEqual([...(await rgb().rotate(90).raw().toBuffer())]);
  });

  it('names the file and the reason when it fails', async () => {
    const path = await put('text.jpg', 'no image');
    await expect(decodeImage(path)).rejects.toMatchObject({
      code: 'bad_file',
      message: `The image ${path} doesn't decode: it is a text file.`,
    });
    await expect(decodeImage(join(folder, 'gone.jpg'))).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('loadBatch', () => {
  const batch = async (seeds: Int32Array, n: number): Promise<LoaderEntry[]> => {
    const path = await put('a.png', await rgb().png().toBuffer());
    return Array.from({ length: n }, (_, i) => ({
      path,
      label: i === 1 ? null : i,
      seed: [seeds[2 * i]!, seeds[2 * i + 1]!] as const,
    }));
  };

  it('gives [B, H, W, 3] in [-1, 1] with labels; an image of the right size is only scaled', async () => {
    const entries = await batch(createPlan({ seed: 1, numItems: 4 }).range(0, 3).seeds, 3);
    const { images, labels } = await loadBatch(entries, { mode: 'eval', preprocessing: plainResize([4, 5]) });
    expect([...labels]).toEqual([0, -1, 2]);
    const expected = Float32Array.from(pixels(60), (v) => (v - 127.5) / 127.5);
    for (let i = 0; i < 3; i++) expect(images.subarray(i * 60, (i + 1) * 60)).toEqual(expected);
  });

  it('augments from the plan’s seeds alone: the same seeds, the same pixels', async () => {
    const { seeds } = createPlan({ seed: 3, numItems: 8 }).range(0, 8);
    const options = { mode: 'train', preprocessing: plainResize([6, 6]) } as const;
    const all = await loadBatch(await batch(seeds, 8), options);
    const entries = await batch(seeds, 8);
    const last = await loadBatch(entries.slice(5), options);
    expect(last.images).toEqual(all.images.subarray(5 * 108));
    const distinct = new Set(Array.from({ length: 8 }, (_, i) => all.images.subarray(i * 108, (i + 1) * 108).join()));
    expect(distinct.size).toBeGreaterThan(6);
    expect(all.images.every((x) => x >= -1 && x <= 1)).toBe(true);
  });

  it('mirrors half of the images and nothing else where crops are off', async () => {
    const { seeds } = createPlan({ seed: 0, numItems: 200 }).range(0, 200);
    const entries = await batch(seeds, 200);
    const options = { mode: 'train', preprocessing: plainResize([4, 5]), cropAreaMin: 1 } as const;
    const { images } = await loadBatch(entries, options);
    const plain = Float32Array.from(pixels(60), (v) => (v - 127.5) / 127.5);
    const mirrored = Float32Array.from(
      { length: 60 },
      (_, i) => plain[Math.floor(i / 15) * 15 + (4 - (Math.floor(i / 3) % 5)) * 3 + (i % 3)]!,
    );
    let flipped = 0;
    for (let i = 0; i < 200; i++) {
      const got = images.subarray(i * 60, (i + 1) * 60).join();
      if (got === mirrored.join()) flipped++;
      else expect(got).toBe(plain.join());
    }
    expect(flipped).toBeGreaterThan(65);
    expect(flipped).toBeLessThan(135);
    const never = await loadBatch(entries.slice(0, 20), { ...options, flip: false });
    for (let i = 0; i < 20; i++) expect(never.images.subarray(i * 60, (i + 1) * 60)).toEqual(plain);
  });

  it('fails with the path of a bad image, and stops when asked', async () => {
    const entries = await batch(new Int32Array(6), 3);
    const bad = await put('bad.png', 'x');
    await expect(
      loadBatch([...entries, { path: bad, label: 0 }], { mode: 'eval', preprocessing: plainResize([4, 4]) }),
    ).rejects.toThrow(bad);
    const signal = AbortSignal.abort();
    await expect(
      loadBatch(entries, { mode: 'eval', preprocessing: plainResize([4, 4]), signal }),
    ).rejects.toMatchObject({
      code: 'interrupted',
    });
    await expect(
      loadBatch([{ path: entries[0]!.path, label: 0 }], { mode: 'train', preprocessing: plainResize([4, 4]) }),
    ).rejects.toMatchObject({ code: 'internal' });
  });
});
