import { ByteReader, DamagedBytes } from './byte-reader.ts';

/** Bytes in one of the database's files. */
export interface Place {
  /** Relative to the database's folder. */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** A node of the tree, and the beginning that all its keys have. */
export interface NodePlace extends Place {
  /** Of the folder that the node's own paths begin in. */
  readonly base: string;
  readonly prefix: string;
  readonly height: number;
}

export interface LeafValue {
  readonly key: string;
  /** In the node itself where it is short. */
  readonly value: Place | Uint8Array;
}

/** First four bytes of what is wrapped. */
export const MAGIC = { manifest: 0x0cdb3a2a, node: 0x0cdb20de } as const;

/**
 * The newest root that a manifest names, or null of an empty database.
 * @param body without its wrapping
 * @throws DamagedBytes
 */
export function readManifest(body: Uint8Array): NodePlace | null {
  const reader = new ByteReader(body);
  reader.take(16); // its identity
  // "single": this file is the manifest; "numbered" ones stand beside it.
  if (reader.varint() !== 0) throw new DamagedBytes('its manifest is one of several');
  reader.varint(); // longest value that stands in a node
  reader.varint(); // longest node
  reader.uint8(); // arity of the tree of versions
  const compression = reader.varint();
  if (compression > 1) throw new DamagedBytes(`it is compressed in a way that isn't known (${compression})`);
  if (compression === 1) reader.take(4); // the level
  const files = readFiles(reader, '');
  const count = reader.varint();
  reader.varints(count); // generations
  const heights = reader.uint8s(count);
  const places = readPlaces(reader, files, count);
  const last = count - 1;
  if (last < 0 || places[last]!.length === 0) return null;
  return { ...places[last]!, prefix: '', height: heights[last]! };
}

/**
 * The children of a node, or the values where it is a leaf.
 * @param body without its wrapping
 * @throws DamagedBytes
 */
export function readNode(body: Uint8Array, place: NodePlace): { children: NodePlace[]; values: LeafValue[] } {
  const reader = new ByteReader(body);
  const height = reader.uint8();
  if (height !== place.height) throw new DamagedBytes('a node of its tree is not where it belongs');
  const files = readFiles(reader, place.base);
  const count = reader.varint();
  reader.expectItems(count);
  if (height > 0) {
    const { texts, between: common } = reader.texts(count, (n) => reader.varints(n));
    const places = readPlaces(reader, files, count);
    const children = texts.map((text, i) => ({
      ...places[i]!,
      prefix: place.prefix + text.slice(0, common[i]),
      height: height - 1,
    }));
    return { children, values: [] };
  }
  const { texts } = reader.texts(count, () => null);
  const lengths = reader.varints(count);
  const kinds = reader.varints(count);
  const outside = kinds.filter((kind) => kind === 1).length;
  const ids = reader.varints(outside);
  const offsets = reader.varints(outside);
  let next = 0;
  const values = texts.map((text, i): LeafValue => {
    const key = place.prefix + text;
    if (kinds[i] === 0) return { key, value: reader.take(lengths[i]!) };
    if (kinds[i] !== 1) throw new DamagedBytes('it keeps a value in a way that is not known');
    const at = next++;
    return { key, value: { file: fileAt(files, ids[at]!).file, offset: offsets[at]!, length: lengths[i]! } };
  });
  return { children: [], values };
}

interface DataFile {
  file: string;
  base: string;
}

function readFiles(reader: ByteReader, base: string): DataFile[] {
  const count = reader.varint();
  reader.expectItems(count);
  const { texts, between: bases } = reader.texts(count, (n) => reader.varints(n));
  return texts.map((text, i) => {
    const file = base + text;
    if (!/^(?:[\w.-]+\/)*[\w.-]+$/.test(file) || /(?:^|\/)\.{1,2}(?:\/|$)/.test(file)) {
      throw new DamagedBytes('it names a file outside its folder');
    }
    return { file, base: base + text.slice(0, bases[i]) };
  });
}

function fileAt(files: readonly DataFile[], id: number): DataFile {
  const file = files[id];
  if (!file) throw new DamagedBytes('it names a file that it does not list');
  return file;
}

/** Files, offsets and lengths of nodes; the statistics that follow in a node are left. */
function readPlaces(reader: ByteReader, files: readonly DataFile[], count: number): (Place & { base: string })[] {
  const ids = reader.varints(count);
  const offsets = reader.varints(count);
  const lengths = reader.varints(count);
  return ids.map((id, i) => ({ ...fileAt(files, id), offset: offsets[i]!, length: lengths[i]! }));
}
