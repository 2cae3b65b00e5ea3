/** One member of a tape archive, as POSIX 1003.1 (ustar, pax) and GNU tar describe it. */
export interface TarHeader {
  path: string;
  /** Bytes that follow, without padding. */
  size: number;
  kind: 'file' | 'folder' | 'link' | 'pax' | 'long-name' | 'other';
}

export const BLOCK_BYTES = 512;

const KINDS: Readonly<Record<string, TarHeader['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '5': 'folder',
  '1': 'link',
  '2': 'link',
  x: 'pax',
  L: 'long-name',
};

/** Null for a block of zeros, which ends an archive. @throws Error where it is no header */
export function readHeader(block: Uint8Array): TarHeader | null {
  if (block.every((byte) => byte === 0)) return null;
  const text = (from: number, length: number): string =>
    new TextDecoder().decode(block.subarray(from, from + length)).replace(/\0.*$/s, '');
  // The sum is of the header's bytes, its own field taken for spaces.
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (octal(text(148, 8)) !== sum) throw new Error('it is no tape archive, or a header is damaged');
  const isUstar = text(257, 5) === 'ustar';
  // GNU's own form keeps times where ustar keeps the path's beginning.
  const prefix = isUstar && block[263] === 0x30 ? text(345, 155) : '';
  const name = text(0, 100);
  const type = String.fromCharCode(block[156]!);
  const kind = KINDS[type] ?? 'other';
  return { path: prefix === '' ? name : `${prefix}/${name}`, size: sizeOf(block, text(124, 12)), kind };
}

function sizeOf(block: Uint8Array, field: string): number {
  // Sizes of 8 GiB and more: base 256, marked by the highest bit.
  const size =
    (block[124]! & 0x80) === 0 ? octal(field) : block.subarray(125, 136).reduce((n, byte) => n * 256 + byte, 0);
  if (!Number.isSafeInteger(size)) throw new Error('a size is no number');
  return size;
}

function octal(field: string): number {
  const digits = field.trim();
  return digits === '' ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** Records "LENGTH KEY=VALUE\n"; of all keys only those that change where and how much. */
export function readPax(data: Uint8Array): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const length = Number(new TextDecoder().decode(data.subarray(at, space)));
    if (space < 0 || !Number.isInteger(length) || length <= space - at) throw new Error('a pax header is damaged');
    const record = new TextDecoder().decode(data.subarray(space + 1, at + length - 1));
    const equals = record.indexOf('=');
    if (record.slice(0, equals) === 'path') found.path = record.slice(equals + 1);
    if (record.slice(0, equals) === 'size') found.size = Number(record.slice(equals + 1));
    at += length;
  }
  return found;
}
