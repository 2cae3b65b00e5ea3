import { mutateBytes, type Mutate } from './mutate-bytes.ts';
import type { Random } from './random.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** JSON with one value replaced, removed, moved or repeated; or damaged as bytes. */
export const mutateJson: Mutate = (original, random) => {
  if (random.below(4) === 0) return mutateBytes(original, random);
  return Buffer.from(mutateJsonText(original.toString(), random));
};

const PLACE = '@place@';

export function mutateJsonText(text: string, random: Random): string {
  const root = JSON.parse(text) as Json;
  const { parent, key } = placeIn(root, random);
  const replaced = (raw: string): string => {
    if (parent === null) return raw;
    (parent as { [key: string]: Json })[key] = PLACE;
    return JSON.stringify(root).replace(`"${PLACE}"`, () => raw);
  };
  switch (random.below(6)) {
    case 0:
    case 1:
    case 2:
      return replaced(rawValue(random));
    case 3: // a key twice, the second time with another value
      return text.replace(/\{/, () => `{${JSON.stringify(key)}:${rawValue(random)},`);
    case 4: {
      if (parent === null || Array.isArray(parent)) return replaced('{}');
      delete parent[key];
      return JSON.stringify(root);
    }
    default: {
      // what stands elsewhere in the same document
      const other = placeIn(root, random);
      return replaced(
        JSON.stringify(other.parent === null ? root : (other.parent as { [key: string]: Json })[other.key]),
      );
    }
  }
}

function placeIn(root: Json, random: Random): { parent: Json[] | { [key: string]: Json } | null; key: string } {
  let place: ReturnType<typeof placeIn> = { parent: null, key: 'x' };
  let value: Json = root;
  while (typeof value === 'object' && value !== null) {
    const keys: string[] = Object.keys(value);
    if (keys.length === 0) break;
    const key = random.pick(keys);
    place = { parent: value, key };
    value = (value as { [key: string]: Json })[key]!;
    if (random.below(3) === 0) break;
  }
  return place;
}

const ODD = [
  ...['null', 'true', '0', '-1', '0.5', '1e999', '-1e308', '9007199254740993', '4294967296', '1e-7', 'NaN', '01'],
  ...['""', '"x"', '"\\u0000"', '"\\ud800"', '"\\u001b[2J\\u202e"', '"../../secret.safetensors"', '"/etc/passwd"'],
  ...['"model.safetensors"', '"."', '{}', '[]', '[[]]', '[0]', '[1e9,1e9]', '{"__proto__":{"polluted":1}}'],
  ...['{"constructor":{"prototype":{"polluted":1}}}', '{"length":1e9}', '[null,null]', '"'],
];

/** The text of a value that nobody expects there; some are bombs. */
function rawValue(random: Random): string {
  if (random.below(4) > 0) return random.pick(ODD);
  const many = random.pick([33, 1000, 100_000]);
  switch (random.below(7)) {
    case 0:
      return '['.repeat(many) + ']'.repeat(many);
    case 1:
      return `${'{"a":'.repeat(many)}1${'}'.repeat(many)}`;
    case 2:
      return '['.repeat(many);
    case 3:
      return `[${'0,'.repeat(many)}0]`;
    case 4:
      return `[${'[],'.repeat(many)}[]]`;
    case 5:
      return JSON.stringify('x'.repeat(many));
    default:
      return `{${Array.from({ length: many }, (_, i) => `"${i}":"${i}"`).join(',')}}`;
  }
}
