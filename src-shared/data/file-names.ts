/** Extensions read as images, lower case, without the dot. What a file is, is decided by its content later. */
export const IMAGE_EXTENSIONS = new Set(['jpg', 'jpeg', 'jpe', 'png', 'gif', 'bmp', 'webp', 'tif', 'tiff', 'avif']);

/** Extensions of labels files. */
export const TABLE_EXTENSIONS = new Set(['csv', 'tsv', 'jsonl', 'ndjson']);

/** Image formats that are not read; a folder full of them deserves a word. */
export const UNREAD_IMAGE_EXTENSIONS = new Set([
  'heic',
  'heif',
  'jxl',
  'jp2',
  'svg',
  'psd',
  'ico',
  'pnm',
  'ppm',
  'pgm',
  'dcm',
  'exr',
  'hdr',
  'tga',
  'npy',
  'raw',
  'cr2',
  'nef',
  'dng',
]);

/**
 * Files of data sets that hold images in larger files, and what describes them: of tfds, Parquet, and CIFAR in its binary
 * version; of its Python version too, which is refused by name.
 */
const PACKED_NAMES = new RegExp(
  [
    String.raw`(^|/)(dataset_info\.json|features\.json|[^/]+\.labels\.txt|[^/]+\.tfrecord-\d{5}-of-\d{5})$`,
    String.raw`\.parquet$`,
    String.raw`(^|/)((data_batch_\d|test_batch|train|test)\.bin|batches\.meta(\.txt)?|fine_label_names\.txt)$`,
    String.raw`(^|/)cifar-100-python/(meta|train|test)$`,
  ].join('|'),
);

const SYSTEM_NAMES = new Set(['thumbs.db', 'desktop.ini', 'ehthumbs.db', '__macosx', '@eadir', '$recycle.bin']);

/** Lower case, without the dot; '' without one. */
export function extensionOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const dot = base.lastIndexOf('.');
  return dot <= 0 ? '' : base.slice(dot + 1).toLowerCase();
}

export function isImageName(name: string): boolean {
  return IMAGE_EXTENSIONS.has(extensionOf(name));
}

/** Whether a data set may be made of files with this name: what is taken from an archive. */
export function isDataName(name: string): boolean {
  return isImageName(name) || TABLE_EXTENSIONS.has(extensionOf(name)) || PACKED_NAMES.test(name);
}

/** Hidden files and what operating systems leave behind: never shown, never counted. */
export function isHiddenSegment(segment: string): boolean {
  return segment.startsWith('.') || SYSTEM_NAMES.has(segment.toLowerCase());
}

export function isHiddenPath(name: string): boolean {
  return name.split('/').some(isHiddenSegment);
}

/** "3 images", "1 image". */
export function plural(n: number, noun: string, many = `${noun}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? noun : many}`;
}

/** The first few of a list, quoted, and how many more there are. */
export function some(names: readonly string[], limit = 5): string {
  const shown = names.slice(0, limit).map((n) => `"${n}"`);
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest.toLocaleString('en-US')} more` : shown.join(', ');
}
