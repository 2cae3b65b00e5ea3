import { checkpointFail } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { AppError } from '../../src-shared/errors.ts';
import { openFile } from './file-access.ts';

/** Bytes; 21,843 labels both ways are about 2 MB. */
const MAX_BYTES = 16 << 20;
const MAX_DEPTH = 32;
/** As objects they take many times their bytes; the same labels are 43,686. */
const MAX_VALUES = 250_000;

/**
 * A JSON file from outside, bounded in size, depth and number of values before it is parsed.
 * @returns null where there is no such file
 * @throws AppError bad_file, bad_checkpoint
 */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readJsonText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw checkpointFail(path)(`it is not JSON (${(cause as Error).message.slice(0, 120)}).`, { cause });
  }
}

/** The same, not parsed yet. */
export async function readJsonText(path: string): Promise<string | null> {
  const fail = checkpointFail(path);
  const file = await openFile(path, fail).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    if (file.size > MAX_BYTES) throw fail(`it has ${file.size} bytes; JSON of more than ${MAX_BYTES} is not read.`);
    const bytes = await file.read(0, file.size);
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      throw fail('it is not UTF-8 text.', { cause });
    }
    const { deepest, values } = measure(text);
    if (deepest > MAX_DEPTH) throw fail(`its JSON is nested more than ${MAX_DEPTH} deep.`);
    if (values > MAX_VALUES) throw fail(`its JSON holds more than ${MAX_VALUES} values.`);
    return text;
  } finally {
    await file.close();
  }
}

/** How deep brackets nest outside strings, whether or not they match, and about how many values there are. */
function measure(text: string): { deepest: number; values: number } {
  let depth = 0;
  let deepest = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
    } else if (c === '{' || c === '[') {
      deepest = Math.max(deepest, ++depth);
      values++;
    } else if (c === '}' || c === ']') depth--;
    else if (c === ',') values++;
  }
  return { deepest, values };
}
