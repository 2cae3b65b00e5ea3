import type { PlanChunk } from '../engine/pipeline.ts';
import type { Program } from '../engine/program.ts';
import { packedLength, readEncoded } from './packed-bytes.ts';

/**
 * Encoded bytes handed to a pipeline at a time. They are held about five times over: here, by TensorFlow as they are
 * fed, in the data set's copy, in the one before it, and read ahead.
 */
const CHUNK_BYTES = 64 << 20;

/** Whether a pipeline of the program is fed images' bytes: reading them is the caller's then. */
export function takesContents(program: Program, pipeline: string): boolean {
  return program.mode === 'recorded' && program.spec.pipelines?.[pipeline]?.packed === true;
}

/** The first rows of a chunk that are no more than is handed over at a time: whole batches, one at least. */
export function withinBytes(chunk: PlanChunk, batch: number): PlanChunk {
  let bytes = 0;
  for (const [i, path] of chunk.paths.entries()) {
    bytes += packedLength(path);
    if (bytes > CHUNK_BYTES) return rows(chunk, 0, Math.max(batch, i - (i % batch)));
  }
  return chunk;
}

/** A chunk in pieces that may be handed over one after another. */
export function* piecesOf(chunk: PlanChunk, batch: number): Generator<PlanChunk> {
  for (let from = 0; from < chunk.paths.length;) {
    const piece = withinBytes(rows(chunk, from, chunk.paths.length), batch);
    yield piece;
    from += piece.paths.length;
  }
}

/** @throws AppError not_found, bad_file where an image's file is not what it was */
export async function withContents(chunk: PlanChunk): Promise<PlanChunk> {
  return { ...chunk, contents: await readEncoded(chunk.paths) };
}

function rows(chunk: PlanChunk, from: number, to: number): PlanChunk {
  return {
    paths: chunk.paths.slice(from, to),
    labels: chunk.labels.slice(from, to),
    seeds: chunk.seeds.slice(2 * from, 2 * to),
    weights: chunk.weights.slice(from, to),
  };
}
