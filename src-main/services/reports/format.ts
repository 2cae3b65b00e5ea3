/** Numbers as people read them; the same in every locale, so that the same report has the same bytes. */

const NBSP = '\u00a0';
/** Stands for an unknown figure; the reason is said beside it. */
export const DASH = '—';

/** 1,240 */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 0.9694 → "96.94 %". What is not quite 0 or 1 never reads as 0.00 or 100.00: it gets up to four digits, then a bound. */
export function percent(value: number, digits = 2): string {
  return `${sharp(value * 100, digits, 100)}${NBSP}%`;
}

/** A probability with two digits; ">0.99" where it would round to 1. */
export function probability(value: number): string {
  if (value < 1 && value.toFixed(2) === '1.00') return '>0.99';
  if (value > 0 && value.toFixed(2) === '0.00') return '<0.01';
  return value.toFixed(2);
}

/** With a fixed number of digits; what is above 0 never reads as 0. */
export function fixed(value: number, digits = 3): string {
  const least = 10 ** -digits;
  return value > 0 && value < least / 2 ? `<${least.toFixed(digits)}` : value.toFixed(digits);
}

/** A difference of two shares in percentage points, without sign. */
export function points(value: number): string {
  return `${Math.abs(value * 100).toFixed(1)}${NBSP}points`;
}

/** 5526346 → "5.53 M". */
export function parameters(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(2)}${NBSP}B`;
  if (n >= 1e6) return `${(n / 1e6).toFixed(2)}${NBSP}M`;
  return count(n);
}

function sharp(value: number, digits: number, whole: number): string {
  const rounded = (d: number): number => Number(value.toFixed(d));
  for (let d = digits; d <= 4; d++) {
    if ((value === 0 || rounded(d) !== 0) && (value === whole || rounded(d) !== whole)) return value.toFixed(d);
  }
  return value < 1 ? '<0.0001' : `>${(whole - 0.0001).toFixed(4)}`;
}

/**
 * A name from outside as it may stand in a page: control characters and bidirectional overrides are made visible, and
 * over `max` characters the middle is left out, never splitting what is read as one character.
 */
export function displayName(name: string, max = 72): string {
  const visible = name
    // eslint-disable-next-line no-control-regex -- they are the point
    .replace(/[\u0000-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/[\u007f-\u009f\u202a-\u202e\u2028\u2029\u2066-\u2069]/g, (c) => `⟨U+${hex(c)}⟩`)
    .toWellFormed();
  if (visible.length <= max) return visible;
  const characters = Array.from(new Intl.Segmenter('en').segment(visible), (s) => s.segment);
  if (characters.length <= max) return characters.map((c) => (c.length > 16 ? '\ufffd' : c)).join('');
  const tail = Math.floor(max * 0.4);
  const kept = [...characters.slice(0, max - tail - 1), '…', ...characters.slice(-tail)];
  // One "character" can be a base with a thousand combining marks.
  return kept.map((c) => (c.length > 16 ? '\ufffd' : c)).join('');
}

function hex(c: string): string {
  return c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}
