import { createHash } from 'node:crypto';
import { AppError } from '../../../src-shared/errors.ts';
import type { Value } from './column.ts';

/** Where a page ended: the last row's sort value and name. It holds when rows come and go. */
export interface Position {
  readonly value: Value;
  readonly name: string;
}

/** What a cursor belongs to, in short. */
export function fingerprint(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 11);
}

export function writeCursor(question: string, { value, name }: Position): string {
  return Buffer.from(JSON.stringify([question, value, name])).toString('base64url');
}

/** @throws AppError usage for anything that `writeCursor` didn't write, or for another question */
export function readCursor(cursor: string, question: string): Position {
  const [of, value, name, ...more] = parse(cursor);
  const isValue = value === null || typeof value === 'string' || typeof value === 'number';
  if (typeof of !== 'string' || !isValue || typeof name !== 'string' || more.length > 0) throw notACursor();
  if (of !== question) {
    throw new AppError('usage', 'This cursor is of another search.', {
      hint: 'Give it with the same text, conditions and order, or start at the first page.',
    });
  }
  return { value, name };
}

function parse(cursor: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parsed)) return parsed as unknown[];
  } catch {
    // told below
  }
  throw notACursor();
}

function notACursor(): AppError {
  return new AppError('usage', 'This is not a cursor of the catalog.', { hint: 'Take "next" of the page before.' });
}
