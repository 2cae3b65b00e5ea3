import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImageItem } from '../../../src-shared/data/dataset.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { checkImages, inspectImages } from './check.ts';
import { importImages } from './import-cache.ts';
import { bmp, bmp24, makeScratch, pattern, picture, type Scratch } from './make-images.ts';
import { prepareDataset } from './prepare.ts';
import { openDataset } from './scan.ts';

let scratch: Scratch;
let home: string;
beforeEach(async () => {
  scratch = await makeScratch();
  home = join(scratch.folder, 'home');
});
afterEach(() => scratch.remove());

const item = (path: string): ImageItem => ({ path, name: path.slice(scratch.folder.length + 1), label: 0 });
const put = async (name: string, data: Uint8Array | string | Promise<Uint8Array>) =>
  item(await scratch.write(name, await data));
const at = (name: string) => join(scratch.folder, name);

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error('no AppError was thrown', { cause: error });
}

/** Two classes in train and test, `n` JPEGs each. */
async function pets(n = 3): Promise<string> {
  for (const split of ['train', 'test']) {
    for (const name of ['cat', 'dog']) {
      for (let i = 0; i < n; i++) await put(`pets/${split}/${name}/${i}.jpg`, picture(10, 10, i).jpeg().toBuffer());
    }
  }
  return at('pets');
}

describe('openDataset', () => {
  it('lists a folder with absolute paths and a hash that moves with names, labels and contents only', async () => {
    const root = await pets();
    const dataset = await openDataset(root);
    expect(dataset.layout).toBe('split/class');
    expect(dataset.classNames).toEqual(['cat', 'dog']);
    expect(dataset.splits['test']![0]).toEqual({
      path: join(root, 'test/cat/0.jpg'),
      name: 'test/cat/0.jpg',
      label: 0,
    });
    expect(dataset.manifestHash).toMatch(/^[0-9a-f]{64}$/);
    expect((await openDataset(root)).manifestHash).toBe(dataset.manifestHash);

    const contents = await openDataset(root, { hashContents: true });
    expect(contents.manifestHash).not.toBe(dataset.manifestHash);
    const path = join(root, 'train/dog/0.jpg');
    const bytes = await readFile(path);
    bytes[bytes.length - 3]! ^= 1;
    await writeFile(path, bytes);
    expect((await openDataset(root)).manifestHash).toBe(dataset.manifestHash);
    expect((await openDataset(root, { hashContents: true })).manifestHash).not.toBe(contents.manifestHash);
    await rm(path);
    expect((await openDataset(root)).manifestHash).not.toBe(dataset.manifestHash);
  });

  it('keeps a split, or a part of one', async () => {
    const dataset = await openDataset(await pets(5), { split: 'train[:50%]' });
    expect(Object.keys(dataset.splits)).toEqual(['train[:50%]']);
    expect(dataset.splits['train[:50%]']!.length).toBe(5);
  });

  it('reads labels files: CSV with quotes, semicolons and a byte order mark, TSV, JSON lines, UTF-16', async () => {
    const texts: [string, string | Buffer][] = [
      ['labels.csv', '\ufeffpath;label\n"a;1.jpg";"big; cat"\nb.jpg;dog\n'],
      ['labels.tsv', 'filename\tclass\na;1.jpg\tbig; cat\nb.jpg\tdog\n'],
      [
        'labels.jsonl',
        '{"file_name": "a;1.jpg", "label": "big; cat", "box": [1, 2]}\n\n{"file_name": "b.jpg", "label": "dog"}\n',
      ],
      ['labels.csv', Buffer.from('\ufeffpath,label\r\na;1.jpg,big; cat\r\nb.jpg,dog\r\n', 'utf16le')],
    ];
    for (const [i, [name, text]] of texts.entries()) {
      await put(`${i}/a;1.jpg`, picture().jpeg().toBuffer());
      await put(`${i}/b.jpg`, picture().jpeg().toBuffer());
      await put(`${i}/${name}`, text);
      const dataset = await openDataset(at(`${i}`));
      expect(dataset.classNames, name).toEqual(['big; cat', 'dog']);
      expect(dataset.ignored).toEqual([]);
    }
  });

  it('refuses a labels file that leads out of the folder or does not parse', async () => {
    await put('d/a.jpg', picture().jpeg().toBuffer());
    await put('d/labels.csv', 'path,label\n../../etc/passwd,x\n');
    expect((await failure(openDataset(at('d')))).message).toContain('outside the data set');
    await put('d/labels.csv', 'path,label\n"a.jpg,x\n');
    const error = await failure(openDataset(at('d')));
    expect([error.code, error.message.includes('labels.csv')]).toEqual(['bad_dataset', true]);
  });

  it('survives links that loop or lead nowhere', async () => {
    const root = await pets(1);
    await symlink(root, join(root, 'train/cat/loop'));
    await symlink(join(root, 'train'), join(root, 'train/dog/up'));
    await symlink('/nowhere/x.jpg', join(root, 'train/dog/broken.jpg'));
    const dataset = await openDataset(root);
    const names = dataset.splits['train']!.map((i) => i.name);
    expect(names.filter((name) => name.startsWith('train/cat/'))).toEqual(['train/cat/0.jpg']);
    const [bad] = await checkImages(dataset.splits['train']!, { home });
    expect([bad?.name, bad?.code]).toEqual(['train/dog/broken.jpg', 'unreadable']);
  });

  it('says what a path is that is no folder', async () => {
    expect((await failure(openDataset(at('missing')))).code).toBe('not_found');
    const zip = await put('x.zip', 'PK');
    const error = await failure(openDataset(zip.path, { home: at('home') }));
    expect([error.code, error.message]).toEqual([
      'bad_file',
      expect.stringContaining(`The archive ${zip.path} can't be unpacked`),
    ]);
    await mkdir(at('empty'));
    expect((await failure(openDataset(at('empty')))).message).toBe(`The folder ${at('empty')} is empty.`);
  });
});

describe('checkImages', () => {
  it('finds every image of the usual kinds good', async () => {
    const deep = await sharp(
      Uint16Array.from({ length: 300 }, (_, i) => i * 200),
      { raw: { width: 10, height: 10, channels: 3 } },
    )
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    const items = [
      await put('a.jpg', picture().jpeg().toBuffer()),
      await put('grey.jpg', picture().greyscale().jpeg().toBuffer()),
      await put('cmyk.jpg', picture().toColourspace('cmyk').jpeg().toBuffer()),
      await put('alpha.png', picture().ensureAlpha(0.5).png().toBuffer()),
      await put('palette.png', picture().png({ palette: true }).toBuffer()),
      await put('deep.png', deep),
      await put('a.gif', picture().gif().toBuffer()),
      await put('a.bmp', bmp24(5, 7)),
      await put('a.webp', picture().webp().toBuffer()),
      await put('a.tiff', picture().tiff().toBuffer()),
      await put('a.avif', picture().avif().toBuffer()),
    ];
    const report = await inspectImages(items, { home });
    expect(report.bad).toEqual([]);
    expect(report.notes).toEqual([]);
    const read = items.filter((i) => !report.facts.get(i.path)!.tensorflowReads).map((i) => i.name);
    expect(read).toEqual(['a.webp', 'a.tiff', 'a.avif']);
    expect(report.facts.get(at('a.bmp'))).toMatchObject({ width: 7, height: 5 });
  });

  it('says why an image is bad', async () => {
    const jpeg = await picture(64, 64).jpeg().toBuffer();
    const png = await picture(64, 64).png().toBuffer();
    const gif = await picture(64, 64).gif().toBuffer();
    const flipped = Buffer.from(png);
    flipped[Math.floor(png.length / 2)]! ^= 0xff;
    // A PNG header of 60,000 × 60,000 px with little behind it.
    const bomb = Buffer.from(png);
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    const cases: [string, Uint8Array | string, string, RegExp][] = [
      ['zero.jpg', '', 'empty', /0 bytes/],
      ['text.jpg', 'hello there\n', 'not_an_image', /text file/],
      ['page.png', '<!DOCTYPE html><html></html>', 'not_an_image', /web page/],
      ['lfs.png', 'version https://git-lfs.github.com/spec/v1\noid sha256:00', 'not_an_image', /Git LFS/],
      ['svg.png', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'unsupported', /SVG/],
      ['cut.jpg', jpeg.subarray(0, jpeg.length * 0.8), 'truncated', /cut off/],
      ['cut.png', png.subarray(0, png.length * 0.8), 'truncated', /cut off/],
      ['cut.gif', gif.subarray(0, gif.length * 0.5), 'truncated', /cut off/],
      ['cut.bmp', bmp24(20, 20).subarray(0, 500), 'truncated', /fewer/],
      ['flipped.png', flipped, 'undecodable|truncated', /./],
      ['bomb.png', bomb, 'too_large|undecodable', /60,000 × 60,000|decode/],
      ['head.jpg', jpeg.subarray(0, 20), 'undecodable|truncated', /./],
    ];
    const items = await Promise.all(cases.map(([name, data]) => put(name, data)));
    const bad = await checkImages(items, { home });
    expect(bad.map((b) => b.name)).toEqual(cases.map(([name]) => name));
    for (const [i, [name, , code, reason]] of cases.entries()) {
      expect(bad[i]!.code, name).toMatch(new RegExp(`^(${code})$`));
      expect(bad[i]!.reason, name).toMatch(reason);
    }
  });

  it('goes by content, notes a wrong extension, and counts EXIF orientations', async () => {
    const items = [
      await put('really-webp.jpg', picture().webp().toBuffer()),
      await put('turned.jpg', picture().withMetadata({ orientation: 6 }).jpeg().toBuffer()),
      await put('straight.jpg', picture().withMetadata({ orientation: 1 }).jpeg().toBuffer()),
    ];
    for (const level of ['headers', 'decode'] as const) {
      const report = await inspectImages(items, { home, level });
      expect(report.bad).toEqual([]);
      expect(report.rotated).toBe(1);
      expect(report.notes[0]).toContain('"really-webp.jpg"');
      expect(report.facts.get(at('really-webp.jpg'))!.tensorflowReads).toBe(false);
    }
  });

  it('keeps results until a file changes, and decodes what only had its header read', async () => {
    const jpeg = await picture(64, 64).jpeg().toBuffer();
    const cut = await put('cut.jpg', jpeg.subarray(0, jpeg.length - 300));
    const time = new Date(1_700_000_000_000);
    await utimes(cut.path, time, time);
    expect(await checkImages([cut], { home, level: 'headers' })).toEqual([]);
    expect((await checkImages([cut], { home })).length).toBe(1);
    // Same size and time, other content: only the cache can say that it is still bad.
    const { size } = await stat(cut.path);
    await writeFile(
      cut.path,
      Buffer.concat([await picture(8, 8).jpeg().toBuffer(), Buffer.alloc(size)]).subarray(0, size),
    );
    await utimes(cut.path, time, time);
    expect((await checkImages([cut], { home })).length).toBe(1);
    await writeFile(cut.path, jpeg);
    expect(await checkImages([cut], { home })).toEqual([]);
    // A damaged cache is made anew.
    const folder = join(home, 'cache/checks');
    for (const name of await readdir(folder)) await writeFile(join(folder, name), '{"tool": 3');
    expect(await checkImages([cut], { home })).toEqual([]);
  });

  it('stops when asked', async () => {
    const error = await failure(
      checkImages([await put('a.jpg', picture().jpeg().toBuffer())], { home, signal: AbortSignal.abort() }),
    );
    expect(error.code).toBe('interrupted');
  });
});

describe('importImages', () => {
  const rgb = async (path: string) => {
    const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
    return { data: [...data], size: [info.height, info.width, info.channels] };
  };

  it('copies what TensorFlow does not read, exactly, once, by content', async () => {
    const expected = [...pattern(12, 16)];
    const palette = [
      [9, 8, 7],
      [200, 100, 0],
    ];
    const items = [
      await put('a.webp', picture().webp({ lossless: true }).toBuffer()),
      await put('alpha.webp', picture().ensureAlpha(0.3).webp({ lossless: true, exact: true }).toBuffer()),
      await put('a.tif', picture().tiff({ compression: 'lzw' }).toBuffer()),
      await put('b.tif', picture().tiff({ compression: 'lzw' }).toBuffer()),
      await put('p.bmp', bmp({ width: 2, height: 2, bits: 8, palette, rows: (y) => [y, 1] })),
      await put('a.png', picture().png().toBuffer()),
    ];
    const { facts } = await inspectImages(items, { home });
    const paths = await importImages(items, { home, facts, exif: 'ignore' });
    expect(paths.get(at('a.png'))).toBe(at('a.png'));
    for (const name of ['a.webp', 'alpha.webp', 'a.tif']) {
      const copy = await rgb(paths.get(at(name))!);
      expect(copy.size, name).toEqual([12, 16, 3]);
      expect(copy.data, name).toEqual(expected);
    }
    expect(paths.get(at('b.tif'))).toBe(paths.get(at('a.tif')));
    expect((await rgb(paths.get(at('p.bmp'))!)).data).toEqual([9, 8, 7, 200, 100, 0, 200, 100, 0, 200, 100, 0]);
    const copies = await readdir(join(home, 'cache/images'));
    expect(copies.length).toBe(4);
    expect(copies.every((name) => /^[0-9a-f]{64}-rgb8-1\.png$/.test(name))).toBe(true);

    // A second time nothing is written; a copy that went missing is made again.
    const before = (await stat(paths.get(at('a.webp'))!)).mtimeMs;
    await rm(paths.get(at('a.tif'))!);
    const again = await importImages(items, { home, facts, exif: 'ignore' });
    expect(again).toEqual(paths);
    expect((await stat(again.get(at('a.webp'))!)).mtimeMs).toBe(before);
    expect((await rgb(again.get(at('a.tif'))!)).data).toEqual(expected);
  });

  it('turns images only with the policy that says so', async () => {
    const turned = await put('turned.png', picture().withMetadata({ orientation: 6 }).png().toBuffer());
    const webp = await put(
      'turned.webp',
      picture().withMetadata({ orientation: 6 }).webp({ lossless: true }).toBuffer(),
    );
    const { facts } = await inspectImages([turned, webp], { home });
    const ignore = await importImages([turned, webp], { home, facts, exif: 'ignore' });
    expect(ignore.get(turned.path)).toBe(turned.path);
    expect((await rgb(ignore.get(webp.path)!)).size).toEqual([12, 16, 3]);
    const exif = await importImages([turned, webp], { home, facts, exif: 'exif' });
    const expected = await picture().rotate(90).raw().toBuffer();
    for (const path of [turned.path, webp.path]) {
      const copy = await rgb(exif.get(path)!);
      expect(copy.size).toEqual([16, 12, 3]);
      expect(copy.data).toEqual([...expected]);
    }
  });
});

describe('prepareDataset', () => {
  it('stops at bad images before anything starts, or leaves them out and counts them', async () => {
    const root = await pets(2);
    for (let i = 0; i < 6; i++) await put(`pets/train/dog/bad${i}.jpg`, i % 2 ? '' : 'text');
    await put('pets/train/cat/w.webp', picture().webp().toBuffer());
    const options = { home, splits: ['train', 'test[:50%]'], exif: 'ignore' as const, training: true };
    const error = await failure(prepareDataset(root, options));
    expect(error.code).toBe('bad_dataset');
    expect(error.message).toContain(`6 images of 15 in ${root} can't be used:`);
    expect(error.message).toContain('train/dog/bad0.jpg: the content is a text file');
    expect(error.message).toContain('and 1 more');
    expect(error.hint).toContain('--skip-bad');

    const prepared = await prepareDataset(root, { ...options, skipBad: true });
    expect(prepared.bad.length).toBe(6);
    expect(prepared.selections['train']!.map((i) => i.name)).toEqual([
      'train/cat/0.jpg',
      'train/cat/1.jpg',
      'train/cat/w.webp',
      'train/dog/0.jpg',
      'train/dog/1.jpg',
    ]);
    expect(prepared.selections['train']![2]!.decodePath).toContain(join(home, 'cache/images'));
    expect(prepared.selections['train']![0]!.decodePath).toBe(join(root, 'train/cat/0.jpg'));
    expect(prepared.selections['test[:50%]']!.length).toBe(2);
    expect(prepared.notes.some((note) => note.startsWith('6 bad images left out'))).toBe(true);
  });

  it('refuses to train on what is tested on, not to read it for anything else', async () => {
    const root = await pets(4);
    await put('pets/train/dog/bad.jpg', 'text'); // never looked at
    const options = { home, splits: ['train[:75%]', 'train[50%:]'], exif: 'ignore' as const };
    const error = await failure(prepareDataset(root, { ...options, training: true }));
    expect([error.code, error.message]).toEqual([
      'bad_dataset',
      expect.stringContaining('overlap: 3 images are in both'),
    ]);
    expect(error.hint).toContain('--config.pp.train="train[:90%]" --config.pp.test="train[90%:]"');
    expect(error.hint).toContain('--config.pp.test="test"');
    const read = await prepareDataset(root, { ...options, skipBad: true });
    expect(read.notes.filter((note) => note.includes('overlap'))).toEqual([]);
    const noted = await prepareDataset(root, { ...options, skipBad: true, training: true, overlap: 'note' });
    expect(noted.notes.filter((note) => note.includes('overlap'))).toEqual([error.message]);
  });

  it('refuses to train on one class, and to read a split of nothing but bad images', async () => {
    await put('one/train/cat/0.jpg', picture().jpeg().toBuffer());
    const options = { home, splits: ['train'], exif: 'ignore' as const, skipBad: true };
    expect((await failure(prepareDataset(at('one'), { ...options, training: true }))).message).toContain(
      'single class',
    );
    expect((await prepareDataset(at('one'), options)).selections['train']!.length).toBe(1);
    await put('one/train/cat/0.jpg', 'x');
    expect((await failure(prepareDataset(at('one'), options))).code).toBe('bad_dataset');
  });
});
