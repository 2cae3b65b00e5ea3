/**
 * The fields of one line of CSV (RFC 4180, no line breaks within quotes), or what is wrong with it as a string.
 * @param line without its line break
 */
export function fieldsOf(line: string): string[] | string {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      const field = quotedField(line, at);
      if (field === null) return 'a quote is not closed';
      fields.push(field.text);
      at = field.end;
      if (at < line.length && line[at] !== ',') return 'something stands behind a closing quote';
    } else {
      const comma = line.indexOf(',', at);
      const end = comma === -1 ? line.length : comma;
      const text = line.slice(at, end);
      if (text.includes('"')) return 'a quote stands inside a field without quotes';
      fields.push(text);
      at = end;
    }
    if (at >= line.length) return fields;
    at++;
  }
}

function quotedField(line: string, start: number): { text: string; end: number } | null {
  for (let at = start + 1; ;) {
    const quote = line.indexOf('"', at);
    if (quote === -1) return null;
    if (line[quote + 1] !== '"') {
      return { text: line.slice(start + 1, quote).replaceAll('""', '"'), end: quote + 1 };
    }
    at = quote + 2;
  }
}
