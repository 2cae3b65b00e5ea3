import { AppError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { FIELDS, OTHER_NAMES } from './fields.ts';
import type { FieldSpec } from './fields.ts';
import type { Leaf } from './run-config.ts';

export interface Override {
  readonly path: string;
  readonly value: Leaf;
}

const FLAG = /^(?:--)?(?:config\.)?([^=]+)(?:=([\s\S]*))?$/;

/**
 * Reads `--config.pp.crop=224`, as absl and ml_collections spell overrides (the leading `--` and `config.` may be
 * missing). `known` are the paths that this configuration has.
 * @throws AppError config: unknown field, wrong type, value out of range
 */
export function parseOverride(flag: string, known: readonly string[]): Override {
  const { path, text } = flagParts(flag);
  const spec = known.includes(path) && Object.hasOwn(FIELDS, path) ? FIELDS[path] : undefined;
  if (!spec) throw unknownField(path, known);
  if (text === undefined && spec.type !== 'bool') {
    throw new AppError('config', `config.${path} has no value.`, {
      hint: `Write --config.${path}=VALUE.`,
      details: { field: path },
    });
  }
  return { path, value: parseValue(path, text ?? 'true', spec) };
}

/** The field that a flag names and what it gives it, not yet looked at. */
export function flagParts(flag: string): { path: string; text: string | undefined } {
  const [, rawPath, text] = FLAG.exec(flag) ?? [];
  // ml_collections also takes config.pp['crop'].
  return { path: (rawPath ?? '').trim().replaceAll(/\[['"]?(\w+)['"]?\]/g, '.$1'), text };
}

function unknownField(path: string, known: readonly string[]): AppError {
  const inside = known.filter((k) => k.startsWith(`${path}.`));
  if (inside.length > 0) {
    return new AppError('config', `config.${path} is a group, not a field.`, {
      hint: `Set one of ${inside.map((k) => `config.${k}`).join(', ')}.`,
      details: { field: path },
    });
  }
  return new AppError('config', `There is no configuration field "${path}".`, {
    hint: hintFor(path, known),
    details: { field: path },
  });
}

function hintFor(path: string, known: readonly string[]): string {
  const guess = [OTHER_NAMES[path], nearest(path, known), lastPart(path, known)].find((g) => g && known.includes(g));
  const list = '"vitrine config NAME" lists all fields.';
  return guess ? `Did you mean config.${guess}? ${list}` : list;
}

/** A field of that name in another group: `crop` for `pp.crop`. */
function lastPart(path: string, known: readonly string[]): string | undefined {
  const name = path.split('.').at(-1);
  return known.find((k) => k.split('.').at(-1) === name);
}

/** Reads one value as its field's type wants it. @throws AppError config */
export function parseValue(path: string, raw: string, spec: FieldSpec): Leaf {
  const text = unquote(raw.trim());
  if (spec.nullable && /^(none|null)$/i.test(text)) return null;
  const value = read(text, spec.type);
  if (value === undefined || !fits(value, spec)) {
    throw new AppError('config', `config.${path} takes ${expectation(spec)}, and got ${JSON.stringify(text)}.`, {
      hint: `${spec.about} ${example(path, spec)}`.trim(),
      details: { field: path, expected: expectation(spec), value: text },
    });
  }
  return value;
}

/** Windows shells and scripts leave quotes in place. */
function unquote(text: string): string {
  return /^(['"]).*\1$/s.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}

function read(text: string, type: FieldSpec['type']): Leaf | undefined {
  switch (type) {
    case 'string':
      return text;
    case 'bool':
      return /^(true|1|t)$/i.test(text) ? true : /^(false|0|f)$/i.test(text) ? false : undefined;
    case 'float':
      return readNumber(text);
    case 'int': {
      const number = readNumber(text);
      return Number.isSafeInteger(number) ? number : undefined;
    }
    case 'ints':
      return readTuple(text);
  }
}

/** Python's decimal spellings: 50_000, 1e-3, .5; nothing infinite. */
function readNumber(text: string): number | undefined {
  if (!/^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text.replaceAll('_', ''));
  return Number.isFinite(number) ? number : undefined;
}

/** (16, 16), [16, 16], 16,16, () and (3,). */
function readTuple(text: string): number[] | undefined {
  const inner = /^\((.*)\)$|^\[(.*)\]$/s.exec(text);
  const parts = (inner ? (inner[1] ?? inner[2] ?? '') : text).split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  const numbers = parts.map(readNumber);
  return numbers.every((n) => Number.isSafeInteger(n)) ? (numbers as number[]) : undefined;
}

function fits(value: Leaf, spec: FieldSpec): boolean {
  if (Array.isArray(value)) {
    return (spec.length === undefined || value.length === spec.length) && value.every((n) => inRange(n, spec));
  }
  if (typeof value === 'number') return inRange(value, spec);
  return spec.choices === undefined || spec.choices.includes(String(value));
}

function inRange(
  n: number,
  { min = -Infinity, above = -Infinity, max = Infinity, below = Infinity }: FieldSpec,
): boolean {
  return n >= min && n > above && n <= max && n < below;
}

/** "a whole number of at least 1", "one of cosine, linear". */
function expectation(spec: FieldSpec): string {
  if (spec.choices) return orNone(`one of ${spec.choices.join(', ')}`, spec);
  const bounds = [
    spec.min === undefined ? '' : `at least ${spec.min}`,
    spec.above === undefined ? '' : `above ${spec.above}`,
    spec.max === undefined ? '' : `at most ${spec.max}`,
    spec.below === undefined ? '' : `below ${spec.below}`,
  ].filter(Boolean);
  const range = bounds.length > 0 ? ` ${bounds.join(' and ')}` : '';
  const noun = {
    int: 'a whole number',
    float: 'a number',
    bool: 'true or false',
    string: 'text',
    ints: spec.length === 2 ? 'two whole numbers such as (16,16), each' : 'whole numbers such as (3,4,9), each',
  }[spec.type];
  return orNone(noun + range, spec);
}

function orNone(text: string, spec: FieldSpec): string {
  return spec.nullable ? `${text}, or None` : text;
}

function example(path: string, spec: FieldSpec): string {
  return spec.type === 'bool' ? `Write --config.${path}=true or =false.` : '';
}
