import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import type { EvaluationImagesQuery } from '../../../src-shared/contract/evaluations.ts';
import { AppError } from '../../../src-shared/errors.ts';

/** What predictions.csv says of every scored image, in the order scored; figures by column, so that 100,000 are light. */
export interface StoredPredictions {
  readonly names: readonly string[];
  /** Class indices. [N] */
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  /** Probability of the predicted class, of the label. [N] */
  readonly confidence: Float64Array;
  readonly labelProbability: Float64Array;
}

const COLUMNS = ['label_index', 'predicted_index', 'confidence', 'label_probability'] as const;

/** Reads a report's predictions.csv, streamed. @throws AppError not_found where it is gone, bad_file where it is another */
export async function readPredictions(path: string): Promise<StoredPredictions> {
  const names: string[] = [];
  const columns = COLUMNS.map((): number[] => []);
  const rows = createReadStream(path).pipe(parse({ relax_column_count: true }));
  let places: number[] | null = null;
  let namePlace = -1;
  try {
    for await (const row of rows as AsyncIterable<string[]>) {
      if (places === null) {
        namePlace = row.indexOf('name');
        places = COLUMNS.map((column) => row.indexOf(column));
        if (namePlace < 0 || places.includes(-1)) throw new Error('its columns are others');
        continue;
      }
      names.push(row[namePlace] ?? '');
      places.forEach((place, i) => columns[i]!.push(Number(row[place])));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new AppError('not_found', "The report's predictions are not there any more.", { details: { path } });
    throw new AppError('bad_file', `The report's predictions can't be read: ${(error as Error).message}.`, {
      hint: 'Evaluate again.',
      details: { path },
      cause: error,
    });
  }
  const [truth, predicted, confidence, labelProbability] = columns;
  return {
    names,
    truth: Int32Array.from(truth!),
    predicted: Int32Array.from(predicted!),
    confidence: Float64Array.from(confidence!),
    labelProbability: Float64Array.from(labelProbability!),
  };
}

/** The images that a question is about: those asked for by number, or the most confident first. */
export function selectImages(stored: StoredPredictions, query: EvaluationImagesQuery): number[] {
  const { truth, predicted, only, images } = query;
  const { confidence } = stored;
  if (images !== undefined) return images.filter((image) => image < stored.names.length);
  const found: number[] = [];
  for (let i = 0; i < stored.names.length; i++) {
    if (truth !== undefined && stored.truth[i] !== truth) continue;
    if (predicted !== undefined && stored.predicted[i] !== predicted) continue;
    if (only !== 'all' && (stored.truth[i] === stored.predicted[i]) !== (only === 'right')) continue;
    found.push(i);
  }
  return found.sort((a, b) => confidence[b]! - confidence[a]! || a - b);
}
