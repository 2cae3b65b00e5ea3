import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { isLoadingNoise } from '../../src-shared/loading-noise.ts';

/** Lines of a worker's own output kept to explain a crash. */
const KEPT_LINES = 40;
const KEPT_BYTES = 16 << 10;

/** The last lines that a worker writes, kept while it runs. TensorFlow's start-up chatter stays out of people's way. */
export function keepLastWords(streams: readonly Readable[]): string[] {
  const kept: string[] = [];
  for (const stream of streams) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      kept.push(...wordsOf(text));
      kept.splice(0, kept.length - KEPT_LINES);
    });
  }
  return kept;
}

/** The last lines of a worker's log. */
export function readLastWords(path: string): string[] {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, KEPT_BYTES));
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return wordsOf(bytes.toString('utf8', 0, read)).slice(-KEPT_LINES);
  } finally {
    closeSync(file);
  }
}

function wordsOf(text: string): string[] {
  return text.split('\n').filter((line) => !isLoadingNoise(line));
}
