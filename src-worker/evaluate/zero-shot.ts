import { readFile } from 'node:fs/promises';
import type { CutPrompt, ProgressEvent, ZeroShotInput, ZeroShotResult } from '../../src-shared/contract/worker.ts';
import { litPreprocess } from '../../src-shared/data/preprocess.ts';
import { AppError } from '../../src-shared/errors.ts';
import { similarities } from '../../src-shared/metrics/similarities.ts';
import { softmax } from '../../src-shared/metrics/softmax.ts';
import type { LitArchitecture } from '../../src-shared/models/lit.ts';
import { litVariantOf } from '../../src-shared/models/lit-variants.ts';
import { tokenizerForTower, type TowerTokenizer } from '../../src-shared/text/for-tower.ts';
import { makePrompts } from '../../src-shared/text/prompts.ts';
import { openLit, type LitWeights } from '../checkpoints/open-lit.ts';
import { decodeImage } from '../data/decode-image.ts';
import { createProgram } from '../engine/create-program.ts';
import { describeEngine } from '../engine/describe.ts';
import type { Program, TensorData } from '../engine/program.ts';
import { loadEngine, type Engine } from '../engine/runtime.ts';
import { breathe, type JobContext } from '../job.ts';
import { imageTowerProgram, textTowerProgram } from '../models/lit.ts';
import { moveParams } from '../models/predict-program.ts';
import { ensembles } from './prompt-ensembles.ts';

/** Files decoded at a time. */
const CONCURRENCY = 8;

/**
 * Classifies images by labels in words, with a model that never saw them as classes (LiT, arXiv:2111.07991; prompts as
 * in CLIP, arXiv:2103.00020): probabilities are the softmax over the labels of similarity times temperature.
 */
export async function zeroShot(input: ZeroShotInput, context: JobContext<ProgressEvent>): Promise<ZeroShotResult> {
  const start = performance.now();
  const lit = await openLit(input.checkpoint, {
    allowNan: input.allowNan,
    ...(input.textHeads === null ? {} : { textHeads: input.textHeads }),
  });
  try {
    const { architecture } = lit;
    const file = await readTokenizer(input.tokenizer);
    const tower = tokenizerForTower(architecture.text, file, input.tokenizer);
    const prompts = makePrompts(input.labels, input.templates);
    const total = prompts.length + input.images.length;
    const engine = await loadEngine();
    const { temperature, sha256, ...towers } = await lit.read();
    const work: Work = { input, context, engine, architecture, towers, total };
    const { embeddings, cut } = await embedPrompts(prompts, tower, work);
    const texts = ensembles(embeddings, { width: architecture.outDim, templates: input.templates.length });
    const images = await embedFiles({ ...work, done: prompts.length });
    const width = architecture.outDim;
    const rows = (values: Float32Array): Float32Array[] =>
      input.images.map((_, i) => values.subarray(i * input.labels.length, (i + 1) * input.labels.length));
    return {
      probabilities: rows(similarities(images, texts, { width, temperature })).map((logits) => [...softmax(logits)]),
      similarities: rows(similarities(images, texts, { width, temperature: 1 })).map((row) => [...row]),
      temperature,
      maxLen: tower.maxLen,
      cut,
      checkpoint: {
        sha256,
        architecture,
        variant: litVariantOf(architecture)?.modelName ?? null,
        notes: [...lit.notes, ...tower.notes],
      },
      engine: describeEngine(engine),
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    await lit.close();
  }
}

interface Work {
  input: ZeroShotInput;
  context: JobContext<ProgressEvent>;
  engine: Engine;
  architecture: LitArchitecture;
  /** Each is gone once its program has it. */
  towers: Pick<LitWeights, 'image' | 'text'>;
  /** Prompts and images, for progress. */
  total: number;
}

async function readTokenizer(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new AppError('not_found', `The tokenizer ${path} can't be read.`, { cause });
  });
}

/** Embeddings [prompts, outDim] at length 1. */
async function embedPrompts(
  prompts: readonly string[],
  { tokenizer, maxLen }: TowerTokenizer,
  work: Work,
): Promise<{ embeddings: Float32Array; cut: CutPrompt[] }> {
  const cut: CutPrompt[] = [];
  const captions = prompts.map((text) => {
    const caption = tokenizer.caption(text, maxLen);
    if (caption.cut > 0) cut.push({ text, tokens: caption.tokens, cut: caption.cut });
    return caption.ids;
  });
  const { architecture, towers, engine, input } = work;
  const batch = Math.min(input.batch, prompts.length);
  const program = await createProgram(engine, textTowerProgram({ architecture: architecture.text, batch, maxLen }));
  try {
    await moveParams(program, towers.text);
    const embeddings = await embedAll(program, work, {
      count: prompts.length,
      batch,
      done: 0,
      feeds: async (from, to) => {
        const tokens = new Int32Array(batch * maxLen);
        captions.slice(from, to).forEach((ids, i) => tokens.set(ids, i * maxLen));
        return { tokens };
      },
    });
    return { embeddings, cut };
  } finally {
    program.dispose();
  }
}

/** Embeddings [images, outDim] at length 1. */
async function embedFiles({ done, ...work }: Work & { done: number }): Promise<Float32Array> {
  const { towers, engine, input } = work;
  const architecture = work.architecture.image;
  const batch = Math.min(input.batch, input.images.length);
  const size = architecture.imageSize[0]; // LiT's images are square, and so is what the weights are read as
  const program = await createProgram(engine, imageTowerProgram({ architecture, batch }));
  try {
    await moveParams(program, towers.image);
    return await embedAll(program, work, {
      count: input.images.length,
      batch,
      done,
      feeds: async (from, to) => {
        const images = new Float32Array(batch * size * size * 3);
        let next = from;
        const load = async (): Promise<void> => {
          while (next < to) {
            const i = next++;
            const pixels = litPreprocess(await decodeImage(input.images[i]!), size, input.crop);
            images.set(pixels, (i - from) * size * size * 3);
          }
        };
        await Promise.all(Array.from({ length: CONCURRENCY }, load));
        return { images };
      },
    });
  } finally {
    program.dispose();
  }
}

interface Batches {
  count: number;
  batch: number;
  /** Things embedded before, for progress. */
  done: number;
  /** What the program takes for items [from, to); the rest of the batch is left as it is. */
  feeds: (from: number, to: number) => Promise<Record<string, TensorData>>;
}

async function embedAll(
  program: Program,
  { context, total, architecture }: Work,
  batches: Batches,
): Promise<Float32Array> {
  const { count, batch, done, feeds } = batches;
  const width = architecture.outDim;
  const embeddings = new Float32Array(count * width);
  for (let from = 0; from < count; from += batch) {
    const to = Math.min(count, from + batch);
    const { embedding } = await program.call('embed', await feeds(from, to));
    embeddings.set((embedding!.data as Float32Array).subarray(0, (to - from) * width), from * width);
    context.emit({ type: 'progress', done: done + to, total });
    await breathe();
    if (context.signal.aborted) throw new AppError('interrupted', 'Stopped; nothing was written.');
  }
  return embeddings;
}
