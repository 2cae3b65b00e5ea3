import { mutateBytes, oneOf, type Mutate } from './mutate-bytes.ts';
import { oddNumber } from './mutate-npz.ts';

/** Where a value stands in a sound file of flax's. */
interface Site {
  at: number;
  /** Its type byte, with its length or number. */
  head: number;
  /** With all it holds. */
  length: number;
}

/** Values, the parts of arrays' headers among them, in the order of the file. */
function sitesOf(bytes: Buffer): Site[] {
  const sites: Site[] = [];
  function walk(at: number): number {
    const type = bytes[at]!;
    const site: Site = { at, head: 1, length: 1 };
    sites.push(site);
    const items = (count: number): number => {
      let next = at + site.head;
      for (let i = 0; i < count; i++) next = walk(next);
      return next;
    };
    const sized = (width: number): number => {
      site.head = 1 + width;
      return width === 0 ? 0 : bytes.readUIntBE(at + 1, width);
    };
    let end: number;
    if (type <= 0x7f || type >= 0xe0 || type === 0xc0 || type === 0xc2 || type === 0xc3) end = at + 1;
    else if (type <= 0x8f) end = items(2 * (type & 0xf));
    else if (type <= 0x9f) end = items(type & 0xf);
    else if (type <= 0xbf) end = at + 1 + (type & 0x1f);
    else if (type === 0xde) end = items(2 * sized(2));
    else if (type === 0xdc) end = items(sized(2));
    else if (type >= 0xc4 && type <= 0xc6) end = sized(1 << (type - 0xc4)) + at + site.head;
    else if (type >= 0xd9 && type <= 0xdb) end = sized(1 << (type - 0xd9)) + at + site.head;
    else if (type >= 0xc7 && type <= 0xc9) {
      const length = sized(1 << (type - 0xc7));
      site.head++;
      end = at + site.head + length;
      if (bytes[at + site.head - 1] !== 2) walk(at + site.head);
    } else if (type >= 0xd4 && type <= 0xd8) {
      site.head = 2;
      end = at + 2 + (1 << (type - 0xd4));
    } else {
      const width = { 0xca: 4, 0xcb: 8, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8 }[type];
      site.head = 1 + width!;
      end = at + site.head;
    }
    site.length = end - at;
    return end;
  }
  walk(0);
  return sites;
}

const DTYPES = ['float64', 'float16', 'bfloat16', 'int32', 'bool', 'complex64', 'object', 'str32', '', '__proto__'];
const TYPES = [0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xc0, 0xc1, 0xc4, 0xc6, 0xc7, 0xc9, 0xcb, 0xd4, 0xdb, 0xdd, 0xdf, 0xff];

/** One value of the state replaced, cut, lengthened, nested or repeated. */
const mutateValue: Mutate = (original, random) => {
  const bytes = Buffer.from(original);
  const sites = sitesOf(bytes);
  const site = random.pick(sites);
  const { at, head, length } = site;
  const replaced = (value: Buffer): Buffer =>
    Buffer.concat([bytes.subarray(0, at), value, bytes.subarray(at + length)]);
  switch (random.below(8)) {
    case 0:
      bytes[at] = random.pick(TYPES);
      return bytes;
    case 1: {
      // a length, count or number
      const wide = random.pick(sites.filter((each) => each.head > 1));
      const width = Math.min(wide.head - 1, 4);
      bytes.writeUIntBE(oddNumber(random, bytes.length) % 2 ** (8 * width), wide.at + 1, width);
      return bytes;
    }
    case 2: // a bomb of maps, of lists, or of maps that promise much
      return replaced(
        Buffer.concat([
          Buffer.from(
            random.pick(['81a161', '91', 'df0000ffff', 'ddffffffff']).repeat(random.pick([1, 40, 20_000])),
            'hex',
          ),
          bytes.subarray(at, at + length),
        ]),
      );
    case 3: {
      const other = random.pick(sites);
      return replaced(bytes.subarray(other.at, other.at + other.length));
    }
    case 4: {
      const name = Buffer.from(random.pick(DTYPES));
      const dtypes = sites.filter((each) =>
        /^(b?float|int)\d+$/.test(bytes.toString('latin1', each.at + 1, each.at + each.length)),
      );
      const dtype = random.pick(dtypes);
      return Buffer.concat([
        bytes.subarray(0, dtype.at),
        Buffer.of(0xa0 | name.length),
        name,
        bytes.subarray(dtype.at + dtype.length),
      ]);
    }
    case 5: // many small values
      return replaced(
        Buffer.concat([Buffer.from('dd00004e20', 'hex'), Buffer.alloc(random.pick([100, 20_000, 30_000]), 0x80)]),
      );
    case 6: // its head without what it holds
      return replaced(bytes.subarray(at, at + head));
    default: {
      const value = random.pick([
        'c0',
        'cfffffffffffffffff',
        'd3ffffffffffffffff',
        'cb7ff8000000000000',
        '00',
        'a161',
        '80',
        '90',
      ]);
      return replaced(Buffer.from(value, 'hex'));
    }
  }
};

/** The same with the lengths around it put right, so that damage lies deep inside an array's header. */
const mutateArray: Mutate = (original, random) => {
  const bytes = Buffer.from(original);
  const arrays = sitesOf(bytes).filter(({ at, head }) => bytes[at] === 0xc9 && bytes[at + head - 1] === 1);
  if (arrays.length === 0) return mutateValue(original, random);
  const { at, head, length } = random.pick(arrays);
  const inner = mutateValue(bytes.subarray(at + head, at + length), random);
  const start = Buffer.from(bytes.subarray(at, at + head));
  start.writeUInt32BE(inner.length, 1);
  return Buffer.concat([bytes.subarray(0, at), start, inner, bytes.subarray(at + length)]);
};

export const mutateMsgpack = oneOf(mutateBytes, mutateValue, mutateValue, mutateArray);
