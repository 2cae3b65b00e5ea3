/** A value of the Python literals that numpy's headers are made of; a dict becomes a Map, lists and tuples arrays. */
export type PythonLiteral = string | number | boolean | null | PythonLiteral[] | Map<string, PythonLiteral>;

const MAX_DEPTH = 8;

/**
 * Parses dicts with string keys, tuples, lists, plain strings, integers, True, False and None. Nothing is evaluated.
 * @throws SyntaxError
 */
export function parsePythonLiteral(text: string): PythonLiteral {
  const tokens = tokenize(text);
  let at = 0;
  const fail = (): SyntaxError => new SyntaxError(`unexpected ${tokens[at] ?? 'end'} in a Python literal`);

  function value(depth: number): PythonLiteral {
    const token = tokens[at++];
    if (token === undefined || depth > MAX_DEPTH) throw fail();
    if (token === '{') return dict(depth);
    if (token === '(') return sequence(')', depth);
    if (token === '[') return sequence(']', depth);
    if (token === 'True') return true;
    if (token === 'False') return false;
    if (token === 'None') return null;
    if (token.startsWith("'") || token.startsWith('"')) return token.slice(1, -1);
    const number = Number(token.replace(/[lL]$/, '')); // Python 2 wrote long integers as 5L
    if (!/^\d+[lL]?$/.test(token) || !Number.isSafeInteger(number)) throw fail();
    return number;
  }

  function sequence(close: string, depth: number): PythonLiteral[] {
    const items: PythonLiteral[] = [];
    while (tokens[at] !== close) {
      items.push(value(depth + 1));
      if (tokens[at] === ',') at++;
      else if (tokens[at] !== close) throw fail();
    }
    at++;
    return items;
  }

  function dict(depth: number): Map<string, PythonLiteral> {
    const items = new Map<string, PythonLiteral>();
    while (tokens[at] !== '}') {
      const key = value(depth + 1);
      if (typeof key !== 'string' || tokens[at++] !== ':') throw fail();
      items.set(key, value(depth + 1));
      if (tokens[at] === ',') at++;
      else if (tokens[at] !== '}') throw fail();
    }
    at++;
    return items;
  }

  const result = value(0);
  if (at !== tokens.length) throw fail();
  return result;
}

function tokenize(text: string): string[] {
  const token = /\s*(?:('[^'\\\n]*'|"[^"\\\n]*"|[A-Za-z]+|\d+[lL]?|[{}()[\]:,])|$)/y;
  const tokens: string[] = [];
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) throw new SyntaxError('not a Python literal');
    if (match[1] === undefined) break;
    tokens.push(match[1]);
  }
  return tokens;
}
