/** A header as it stands in the file: tensors in the order of their names there, and the text fields about it. */
export interface HeaderJson {
  tensors: { name: string; dtype: string; shape: number[]; offsets: number[] }[];
  metadata: Map<string, string>;
}

/** A model has some hundreds; as objects, tensors without content take many times their bytes. */
const MAX_TENSORS = 20_000;
/** Dimensions of an array; numpy's own limit. */
const MAX_DIMENSIONS = 32;

/**
 * Parses the one form of JSON that a header may have: an object of `{"dtype", "shape", "data_offsets"}` by tensor name
 * and one of strings under `__metadata__`. Anything deeper, repeated or of another type is refused at once, so that no
 * text can make it build more than it holds.
 * @throws SyntaxError saying what and where
 */
export function parseHeaderJson(text: string): HeaderJson {
  let at = 0;
  const fail = (what: string): SyntaxError => new SyntaxError(`${what} at character ${at}`);

  function skipSpace(): void {
    while (at < text.length && /[ \t\r\n]/.test(text[at]!)) at++;
  }

  /** The next character that is not space, when it is this one. */
  function take(character: string): boolean {
    skipSpace();
    if (text[at] !== character) return false;
    at++;
    return true;
  }

  function expect(character: string): void {
    if (!take(character)) throw fail(`${JSON.stringify(character)} expected`);
  }

  function string(): string {
    skipSpace();
    const start = at;
    if (text[at] !== '"') throw fail('a string expected');
    for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
    if (at >= text.length) throw fail('a string without an end');
    at++;
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      at = start;
      throw fail('a string that is no JSON');
    }
  }

  function integer(): number {
    skipSpace();
    const start = at;
    while (at < text.length && at - start < 17 && text[at]! >= '0' && text[at]! <= '9') at++;
    const digits = text.slice(start, at);
    const value = Number(digits);
    if (digits === '' || (digits.length > 1 && digits[0] === '0') || !Number.isSafeInteger(value)) {
      at = start;
      throw fail('a whole number of ordinary size expected');
    }
    return value;
  }

  function integers(most: number): number[] {
    const values: number[] = [];
    expect('[');
    if (take(']')) return values;
    do {
      if (values.length === most) throw fail(`more than ${most} numbers`);
      values.push(integer());
    } while (take(','));
    expect(']');
    return values;
  }

  /** Calls `member` at each value; no key twice. */
  function object(member: (key: string) => void): void {
    const keys = new Set<string>();
    expect('{');
    if (take('}')) return;
    do {
      const key = string();
      if (keys.has(key)) throw fail(`${JSON.stringify(key.slice(0, 80))} for the second time`);
      keys.add(key);
      expect(':');
      member(key);
    } while (take(','));
    expect('}');
  }

  const header: HeaderJson = { tensors: [], metadata: new Map() };
  object((name) => {
    if (name === '__metadata__') return object((key) => void header.metadata.set(key, string()));
    const tensor: Partial<HeaderJson['tensors'][number]> = {};
    object((key) => {
      if (key === 'dtype') tensor.dtype = string();
      else if (key === 'shape') tensor.shape = integers(MAX_DIMENSIONS);
      else if (key === 'data_offsets') tensor.offsets = integers(2);
      else throw fail(`a field ${JSON.stringify(key.slice(0, 80))} that no tensor has`);
    });
    const { dtype, shape, offsets } = tensor;
    if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
      throw fail(`${JSON.stringify(name.slice(0, 80))} without dtype, shape and two data_offsets`);
    }
    if (header.tensors.length === MAX_TENSORS) throw fail(`more than ${MAX_TENSORS} tensors`);
    header.tensors.push({ name, dtype, shape, offsets });
  });
  skipSpace();
  if (at < text.length) throw fail('something after the end');
  return header;
}
