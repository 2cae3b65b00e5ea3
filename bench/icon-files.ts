/** Windows' container of icons: a directory of pictures, here each a PNG as Vista and later take them. */
export function icoOf(pngs: ReadonlyMap<number, Buffer>): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt16LE(1, 2); // an icon, no cursor
  header.writeUInt16LE(pngs.size, 4);
  const entries: Buffer[] = [];
  let offset = header.length + 16 * pngs.size;
  for (const [size, png] of pngs) {
    const entry = Buffer.alloc(16);
    entry.writeUInt8(size % 256, 0); // 256 is written as 0
    entry.writeUInt8(size % 256, 1);
    entry.writeUInt16LE(1, 4); // planes
    entry.writeUInt16LE(32, 6); // bits a pixel
    entry.writeUInt32LE(png.length, 8);
    entry.writeUInt32LE(offset, 12);
    offset += png.length;
    entries.push(entry);
  }
  return Buffer.concat([header, ...entries, ...pngs.values()]);
}

/** Names of macOS's pictures by their width in pixels; where there are two, the second is for twice the density. */
const ICNS_TYPES: Readonly<Record<number, readonly string[]>> = {
  16: ['icp4'],
  32: ['icp5', 'ic11'],
  64: ['icp6', 'ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
};

/** macOS's container of icons. @throws RangeError for a size that it has no name for */
export function icnsOf(pngs: ReadonlyMap<number, Buffer>): Buffer {
  const parts = [...pngs].flatMap(([size, png]) => {
    const types = ICNS_TYPES[size];
    if (!types) throw new RangeError(`An icon of ${size} pixels has no name in icns.`);
    return types.map((type) => part(type, png));
  });
  return part('icns', Buffer.concat(parts));
}

/** Four letters, the length with this head, the bytes. */
function part(type: string, bytes: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32BE(bytes.length + 8, 4);
  return Buffer.concat([head, bytes]);
}
