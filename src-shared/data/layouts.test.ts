import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { compareCodePoints } from './dataset.ts';
import { detectLayout, type LayoutOptions } from './layouts.ts';
import type { LabelTable, Layout } from './listing.ts';

/** A listing of these files, with every folder on their way and `extra` empty ones. */
function layout(
  files: string[],
  more: { folders?: string[]; tables?: LabelTable[]; options?: LayoutOptions } = {},
): Layout {
  const directories = new Set(more.folders);
  for (const file of files) {
    const parts = file.split('/');
    for (let i = 1; i < parts.length; i++) directories.add(parts.slice(0, i).join('/'));
  }
  const tables = more.tables ?? [];
  const all = [...files, ...tables.map((t) => t.name)];
  return detectLayout({ root: '/data/pets', files: all, directories: [...directories], tables }, more.options);
}

function table(name: string, text: string): LabelTable {
  const [head, ...lines] = text.trim().split('\n');
  const columns = head!.split(',');
  return { name, columns, rows: lines.map((l) => Object.fromEntries(l.split(',').map((v, i) => [columns[i]!, v]))) };
}

/** "label name" of every item of a split. */
const shown = (found: Layout, split: string) => found.splits[split]?.map((item) => `${item.label} ${item.name}`);

function failure(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('split/class folders', () => {
  it('reads train and test, nested folders and any case of extension; ignores what systems leave behind', () => {
    const found = layout([
      'train/cat/1.jpg',
      'train/cat/more/deep/2.JPEG',
      'train/dog/1.png',
      'train/dog/readme.txt',
      'train/dog/.DS_Store',
      'train/Thumbs.db',
      '__MACOSX/train/cat/._1.jpg',
      'test/cat/3.webp',
      'test/dog/4.tif',
    ]);
    expect(found.kind).toBe('split/class');
    expect(found.classNames).toEqual(['cat', 'dog']);
    expect(shown(found, 'train')).toEqual(['0 train/cat/1.jpg', '0 train/cat/more/deep/2.JPEG', '1 train/dog/1.png']);
    expect(shown(found, 'test')).toEqual(['0 test/cat/3.webp', '1 test/dog/4.tif']);
    expect(found.ignored).toEqual(['train/dog/readme.txt']);
    expect(found.notes).toEqual([]);
    expect(found.splitSeed).toBeNull();
    expect(found.notTrainable).toBeNull();
  });

  it('takes other names in any case, orders them, and keeps them as they are', () => {
    const found = layout(['Testing/a/1.jpg', 'Testing/b/1.jpg', 'valid/a/1.jpg', 'TRAIN/a/1.jpg', 'TRAIN/b/1.jpg']);
    expect(Object.keys(found.splits)).toEqual(['TRAIN', 'valid', 'Testing']);
    expect(found.notes).toEqual(['"valid" has no images of "b".']);
  });

  it('steps into the single folder of an unpacked archive', () => {
    const found = layout(['digits/train/0/a.png', 'digits/train/1/b.png', 'digits/test/1/c.png']);
    expect(found.classNames).toEqual(['0', '1']);
    expect(shown(found, 'test')).toEqual(['1 digits/test/1/c.png']);
  });

  it('takes a folder "train" among other classes for a class', () => {
    const found = layout(['bus/1.jpg', 'car/1.jpg', 'train/1.jpg', 'train/2.jpg']);
    expect(found.kind).toBe('class');
    expect(found.classNames).toEqual(['bus', 'car', 'train']);
  });

  it('names folders beside the splits that it leaves out', () => {
    const found = layout([
      'train/a/1.jpg',
      'train/b/1.jpg',
      'test/a/1.jpg',
      'test/b/1.jpg',
      'extra/x/1.jpg',
      'loose.jpg',
    ]);
    expect(Object.keys(found.splits)).toEqual(['train', 'test']);
    expect(found.ignored).toEqual(['extra/x/1.jpg', 'loose.jpg']);
    expect(found.notes).toEqual(['The folder "extra" is no split and is left out (1 image).']);
  });

  it('leaves a test split without class folders unlabelled', () => {
    const found = layout(['train/a/1.jpg', 'train/b/1.jpg', 'test/1.jpg']);
    expect(shown(found, 'test')).toEqual(['null test/1.jpg']);
    expect(found.notes[0]).toMatch(/"test".*no labels/);
  });

  it('refuses a class in test that is not in train, by name', () => {
    const error = failure(() => layout(['train/cat/1.jpg', 'train/dog/1.jpg', 'test/cat/1.jpg', 'test/horse/1.jpg']));
    expect(error.code).toBe('bad_dataset');
    expect(error.message).toContain('"test"');
    expect(error.message).toContain('"horse"');
    expect(failure(() => layout(['train/Cat/1.jpg', 'train/dog/1.jpg', 'test/cat/1.jpg'])).hint).toContain('"Cat"');
  });

  it('refuses a class or a split without images', () => {
    const files = ['train/cat/1.jpg', 'train/dog/1.jpg', 'train/cow/notes.txt', 'test/cat/1.jpg'];
    expect(failure(() => layout(files)).message).toBe('The class folder "train/cow" has no images.');
    const empty = failure(() => layout(['train/cat/1.jpg', 'train/dog/1.jpg'], { folders: ['test'] }));
    expect(empty.message).toBe('The split folder "test" has no images.');
  });

  it('says when there is nothing to train on', () => {
    expect(layout(['test/a/1.jpg', 'test/b/1.jpg']).notTrainable).toMatch(/no training split/);
    expect(layout(['train/a/1.jpg', 'test/a/1.jpg']).notTrainable).toMatch(/single class, "a"/);
  });
});

describe('class folders', () => {
  const many = (n: number, name: string) =>
    Array.from({ length: n }, (_, i) => `${name}/${String(i).padStart(4, '0')}.jpg`);

  it('are split by class: the exact rounded share, the same for the same seed', () => {
    const files = [...many(100, 'a'), ...many(13, 'b'), ...many(2, 'c'), 'd/only.jpg'];
    const count = (found: Layout, label: number) => found.splits['test']!.filter((item) => item.label === label).length;
    const found = layout(files);
    expect([0, 1, 2, 3].map((label) => count(found, label))).toEqual([20, 3, 1, 0]);
    expect(found.splits['train']!.length + found.splits['test']!.length).toBe(files.length);
    expect(found.splitSeed).toBe(0);
    expect(found.notes[0]).toContain('20 %');
    expect(found.notes).toContain('"test" has no images of "d".');
    expect(layout(files.toReversed()).splits).toEqual(found.splits);
    expect(layout(files, { options: { seed: 1 } }).splits).not.toEqual(found.splits);
    const tenth = layout(files, { options: { testFraction: 0.1 } });
    expect([0, 1].map((label) => count(tenth, label))).toEqual([10, 1]);
  });

  it('of one image each leave nothing to test on', () => {
    const found = layout(['a/1.jpg', 'b/1.jpg']);
    expect(Object.keys(found.splits)).toEqual(['train']);
    expect(found.notes[0]).toContain('no class has a second image');
  });

  it('hardly move when a file is added', () => {
    const before = new Set(layout([...many(100, 'a'), ...many(100, 'b')]).splits['test']!.map((i) => i.name));
    const after = layout([...many(100, 'a'), 'a/new.jpg', ...many(100, 'b')]).splits['test']!.map((i) => i.name);
    expect(after.filter((name) => !before.has(name) && name !== 'a/new.jpg').length).toBeLessThanOrEqual(1);
  });

  it('are sorted by code point, numbers as text', () => {
    const found = layout([
      '10/a.jpg',
      '2/a.jpg',
      '1/a.jpg',
      '\u{1F600}/a.jpg',
      '\uFF21/a.jpg',
      'é/a.jpg',
      'Z/a.jpg',
      'a/a.jpg',
    ]);
    expect(found.classNames).toEqual(['1', '10', '2', 'Z', 'a', 'é', '\uFF21', '\u{1F600}']);
    expect(layout(['10/a.jpg', '2/a.jpg']).notes.some((n) => n.includes('sorted as text'))).toBe(true);
    expect(['b', 'a', 'ab'].sort(compareCodePoints)).toEqual(['a', 'ab', 'b']);
  });

  it('leave out images beside them and point at classes one level deeper', () => {
    const found = layout(['photos/cat/1.jpg', 'photos/dog/1.jpg', 'cover.jpg']);
    expect(found.classNames).toEqual(['photos']);
    expect(found.ignored).toEqual(['cover.jpg']);
    expect(found.notes.some((n) => n.includes('/data/pets/photos'))).toBe(true);
  });

  it('speak of image formats that are not read', () => {
    expect(layout(['a/1.jpg', 'a/2.heic', 'b/1.jpg']).notes.some((n) => n.includes('.heic'))).toBe(true);
    expect(failure(() => layout(['a/1.heic', 'b/1.jpg'])).message).toContain('"a"');
  });
});

describe('labels files', () => {
  it('name images beside them, with a split column', () => {
    const csv = table(
      'labels.csv',
      'Image_Path,Class,Split\n1.jpg,cat,train\n./sub/2.jpg,dog,train\n3.jpg,cat,val\nimages\\4.png,dog,val',
    );
    const found = layout(['1.jpg', 'sub/2.jpg', '3.jpg', 'images/4.png', '5.jpg'], { tables: [csv] });
    expect(found.kind).toBe('table');
    expect(shown(found, 'train')).toEqual(['0 1.jpg', '1 sub/2.jpg']);
    expect(shown(found, 'val')).toEqual(['0 3.jpg', '1 images/4.png']);
    expect(found.ignored).toEqual(['5.jpg']);
  });

  it('are split by Vitrine without a split column; ids without extension and folder are found', () => {
    const csv = table(
      'labels.csv',
      `id,label\n${Array.from({ length: 10 }, (_, i) => `im${i},${i % 2 ? 'b' : 'a'}`).join('\n')}`,
    );
    const found = layout(
      Array.from({ length: 10 }, (_, i) => `images/im${i}.jpg`),
      { tables: [csv] },
    );
    expect([found.splits['train']!.length, found.splits['test']!.length]).toEqual([8, 2]);
    expect(found.classNames).toEqual(['a', 'b']);
  });

  it('may be one a split, at the root or in the split folders', () => {
    const at = (name: string, file: string) => table(name, `path,label\n${file},a\n${file.replace('1', '2')},b`);
    const files = ['train/1.jpg', 'train/2.jpg', 'test/1.jpg', 'test/2.jpg'];
    const root = layout(files, { tables: [at('train.csv', 'train/1.jpg'), at('test.csv', '1.jpg')] });
    // "1.jpg" of test.csv is no unique ending, so it is missing: nothing is guessed.
    expect(root.bad.map((b) => b.code)).toEqual(['missing', 'missing']);
    const folders = layout(files, { tables: [at('train/labels.csv', '1.jpg'), at('test/labels.csv', '1.jpg')] });
    expect(folders.kind).toBe('split/table');
    expect(shown(folders, 'test')).toEqual(['0 test/1.jpg', '1 test/2.jpg']);
  });

  it('list rows without a file or a label as bad', () => {
    const found = layout(['1.jpg', '2.jpg', '3.jpg'], {
      tables: [table('l.csv', 'path,label\n1.jpg,a\n2.jpg,\ngone.jpg,b\n3.jpg,b')],
    });
    expect(found.bad.map((b) => [b.name, b.code])).toEqual([
      ['2.jpg', 'no_label'],
      ['gone.jpg', 'missing'],
    ]);
  });

  it.each([
    '../../etc/passwd',
    '/etc/passwd',
    'C:\\Windows\\x.jpg',
    'a/../../x.jpg',
    '/data/petshop/1.jpg',
    '..\\..\\x.jpg',
  ])('may not lead out of the folder: %s', (path) => {
    const error = failure(() => layout(['1.jpg'], { tables: [table('l.csv', `path,label\n1.jpg,a\n${path},b`)] }));
    expect(error.code).toBe('bad_dataset');
    expect(error.message).toContain(path);
  });

  it('may hold absolute paths within the folder', () => {
    const found = layout(['1.jpg', 's/2.jpg'], {
      tables: [table('l.csv', 'path,label,split\n/data/pets/1.jpg,a,train\n/data/pets/s/2.jpg,b,train')],
    });
    expect(shown(found, 'train')).toEqual(['0 1.jpg', '1 s/2.jpg']);
  });

  it('are refused with two labels for one image, without known columns, or when there are several', () => {
    const two = failure(() => layout(['1.jpg'], { tables: [table('l.csv', 'path,label\n1.jpg,a\n./1.jpg,b')] }));
    expect(two.message).toBe('The labels file "l.csv" gives "1.jpg" the labels "a", "b".');
    const columns = failure(() => layout(['1.jpg'], { tables: [table('l.csv', 'foo,bar\n1.jpg,a')] }));
    expect(columns.message).toContain('"foo", "bar"');
    const csv = 'path,label\n1.jpg,a';
    expect(failure(() => layout(['1.jpg'], { tables: [table('x.csv', csv), table('y.csv', csv)] })).message).toContain(
      'several',
    );
  });

  it('are refused when they name nothing that is there', () => {
    const error = failure(() => layout(['1.jpg'], { tables: [table('l.csv', 'path,label\nx.jpg,a')] }));
    expect(error.message).toBe(
      'The labels file "l.csv" labels no image of the folder: l.csv, record 1 names a file that is not there.',
    );
  });

  it('count a repeated row once', () => {
    const found = layout(['1.jpg', '2.jpg'], {
      tables: [table('l.csv', 'path,label,split\n1.jpg,a,train\n1.jpg,a,train\n2.jpg,b,train')],
    });
    expect(found.splits['train']!.length).toBe(2);
    expect(found.notes[0]).toContain('1 repeated row');
  });
});

describe('what is no data set', () => {
  it('an empty folder', () => {
    expect(failure(() => layout(['.DS_Store'])).message).toBe('The folder /data/pets is empty.');
  });

  it('a folder without images', () => {
    expect(failure(() => layout(['a/x.txt', 'b.md'])).message).toBe(
      'The folder /data/pets has no images: 2 other files (md, txt).',
    );
  });

  it('images without labels can be predicted only', () => {
    const found = layout(['1.jpg', '2.jpg']);
    expect(found.kind).toBe('flat');
    expect(shown(found, 'all')).toEqual(['null 1.jpg', 'null 2.jpg']);
    expect(found.notTrainable).toContain('no labels');
  });
});
