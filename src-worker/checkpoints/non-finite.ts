import { quoteName } from '../../src-shared/checkpoints/checkpoint-error.ts';
import { AppError } from '../../src-shared/errors.ts';

/** How many of a tensor's numbers are NaN and how many infinite. */
export interface NonFinite {
  /** As in the file. */
  name: string;
  nan: number;
  infinite: number;
}

/** Null where every number is finite. */
export function nonFiniteIn(name: string, data: Float32Array): NonFinite | null {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  let nan = 0;
  let infinite = 0;
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude < 0x7f800000) continue;
    if (magnitude === 0x7f800000) infinite++;
    else nan++;
  }
  return nan + infinite === 0 ? null : { name, nan, infinite };
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
    `${path}: weights that are NaN or infinite, in ${found.length} tensors: ${nonFiniteInWords(found)}.`,
    {
      hint: 'The training that wrote it has diverged, or the file is damaged. --allow-nan loads it all the same.',
      details: { file: path, tensors: found.map(({ name }) => name) },
    },
  );
}
