import { quoteName } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { AppError } from '../../src-shared/errors.ts';

/** How many of a tensor's numbers are NaN and how many infinite. */
export interface NonFinite {
  /** As in the file. */
  name: string;
  nan: number;
  infinite: number;
}

/** An exponent of all ones: infinite with a fraction of zero, NaN otherwise. */
const EXPONENT = 0x7f800000;
const LOWEST_OF_EXPONENT = 0x00800000;

/** Null where every number is finite. */
export function nonFiniteIn(name: string, data: Float32Array): NonFinite | null {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  // Adding one to such an exponent carries into the sign. Without a branch this goes at the speed of memory.
  let carried = 0;
  for (let i = 0; i < bits.length; i++) carried |= (bits[i]! & EXPONENT) + LOWEST_OF_EXPONENT;
  if (carried >= 0) return null;
  let nan = 0;
  let infinite = 0;
  for (const value of data) {
    if (Number.isNaN(value)) nan++;
    else if (!Number.isFinite(value)) infinite++;
  }
  return { name, nan, infinite };
}

/** The first few tensors with what is in them: `"head/bias" (2 NaN), "cls" (1 infinite) and 3 more tensors`. */
export function nonFiniteInWords(found: readonly NonFinite[], most = 3): string {
  const shown = found.slice(0, most).map(({ name, nan, infinite }) => {
    const counts = [...(nan > 0 ? [`${nan} NaN`] : []), ...(infinite > 0 ? [`${infinite} infinite`] : [])];
    return `${quoteName(name)} (${counts.join(', ')})`;
  });
  const more = found.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more tensors` : '');
}

/** A model with such weights answers nothing but NaN, or something that only looks like an answer. */
export function nonFiniteError(path: string, found: readonly NonFinite[]): AppError {
  return new AppError(
    'bad_checkpoint',
    `${path}: weights that are NaN or infinite, in ${found.length} ${found.length === 1 ? 'tensor' : 'tensors'}: ${nonFiniteInWords(found)}.`,
    {
      hint: 'The training that wrote it has diverged, or the file is damaged. --allow-nan loads it all the same.',
      details: { file: path, tensors: found.map(({ name }) => name) },
    },
  );
}
