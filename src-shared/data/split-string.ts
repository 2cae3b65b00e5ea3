import { AppError } from '../errors.ts';

/** A part of one named split, as tfds spells it: `train[10%:90%]`. */
export interface SplitPart {
  readonly name: string;
  readonly unit: '%' | 'abs';
  /** Null where the side is left open; negative counts from the end. */
  readonly from: number | null;
  readonly to: number | null;
}

const EXAMPLES = 'Examples: train, train[:98%], train[90%:], train[10:200], train[-10%:], train+test.';
const PART = /^([\w-]+)(?:\[([^\]]*)\])?$/;
const BOUND = /^(-?\d[\d_]*(?:\.\d+)?)?(%)?$/;

/** Reads tfds's split strings: names, slices in percent or images, `+`. @throws AppError config */
export function parseSplit(text: string): SplitPart[] {
  return text.split('+').map((part) => parsePart(part.trim(), text));
}

function parsePart(part: string, whole: string): SplitPart {
  const [, name, slice] = PART.exec(part) ?? [];
  if (name === undefined)
    throw wrong(whole, part === '' ? 'a name is missing' : `"${part}" is not NAME or NAME[FROM:TO]`);
  if (slice === undefined) return { name, unit: 'abs', from: null, to: null };
  const sides = slice.split(':');
  if (sides.length !== 2) throw wrong(whole, `"[${slice}]" is not [FROM:TO]`);
  const [from, to] = [parseBound(sides[0]!, whole), parseBound(sides[1]!, whole)];
  if (from.value === null && to.value === null) throw wrong(whole, `"[${slice}]" has no bounds`);
  const closed = [from, to].filter((b) => b.value !== null);
  if (new Set(closed.map((b) => b.unit)).size > 1) throw wrong(whole, `"[${slice}]" mixes percent and images`);
  const unit = closed[0]!.unit;
  for (const { value } of closed) {
    if (unit === '%' && Math.abs(value!) > 100) throw wrong(whole, `${value}% is outside -100%…100%`);
    if (unit === 'abs' && !Number.isInteger(value)) throw wrong(whole, `${value} is not a whole number of images`);
  }
  return { name, unit, from: from.value, to: to.value };
}

function parseBound(text: string, whole: string): { value: number | null; unit: '%' | 'abs' } {
  const [matched, digits, percent] = BOUND.exec(text.trim()) ?? [];
  if (matched === undefined || (digits === undefined && percent !== undefined)) {
    throw wrong(whole, `"${text}" is neither a number nor a percentage`);
  }
  return { value: digits === undefined ? null : Number(digits.replaceAll('_', '')), unit: percent ? '%' : 'abs' };
}

function wrong(text: string, why: string): AppError {
  return new AppError('config', `"${text}" is not a split: ${why}.`, { hint: EXAMPLES, details: { split: text } });
}

/** Half-open range of a part of `total` images; empty as [start, start]. @throws AppError bad_dataset past the end */
export function sliceRange(part: SplitPart, total: number): [number, number] {
  const [from, to] = [part.from, part.to].map((bound) => {
    if (bound === null) return null;
    const images = part.unit === '%' ? roundHalfToEven((bound * total) / 100) : bound;
    if (Math.abs(images) > total) {
      throw new AppError(
        'bad_dataset',
        `${formatSplit([part])} asks for more images than "${part.name}" has: ${total}.`,
        {
          hint: 'Use percentages, or bounds within the split.',
          details: { split: formatSplit([part]), total },
        },
      );
    }
    // tfds takes a negative percentage that rounds to no image for 0, the beginning: [-1%:] of 10 would be everything.
    return bound < 0 ? total + images : images;
  });
  const start = from ?? 0;
  return [start, Math.max(start, to ?? total)];
}

/** Python's round, which tfds rounds percentages with ("closest"). */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** The canonical spelling. */
export function formatSplit(parts: readonly SplitPart[]): string {
  return parts
    .map(({ name, unit, from, to }) => {
      if (from === null && to === null) return name;
      const bound = (value: number | null) => (value === null ? '' : `${value}${unit === '%' ? '%' : ''}`);
      return `${name}[${bound(from)}:${bound(to)}]`;
    })
    .join('+');
}
