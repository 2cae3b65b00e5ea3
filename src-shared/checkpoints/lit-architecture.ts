import { AppError } from '../errors.ts';
import type { VitArchitecture } from '../models/architecture.ts';
import { imageOutDim, textOutDim, textParams } from '../models/lit.ts';
import type {
  BertArchitecture,
  LitArchitecture,
  TextArchitecture,
  TextTransformerArchitecture,
} from '../models/lit.ts';
import { sameShape } from '../models/params.ts';
import { quoteName, someNames } from './checkpoint-error.ts';
import { badLayout, countBlocks, expectShape, type FamilyLayout, type Shapes } from './tensor-shapes.ts';
import { readTransformerArchitecture } from './vit-architecture.ts';

export interface LitHints {
  /** Height and width, px; decides the grid of patches where it isn't square. */
  imageSize?: readonly [number, number];
  /** Heads of the BERT tower, whose weights don't tell; 64 wide each when left out. */
  textHeads?: number;
}

export interface LitReading {
  architecture: LitArchitecture;
  /** What the weights leave open and how it was taken, a sentence each. */
  notes: string[];
  /** Tensors of the file that this model has no place for. */
  unused: string[];
}

/** Names of a checkpoint's two towers and its temperature. */
export const LIT = { image: 'img/', text: 'txt/', temperature: 't' } as const;

const LAYOUT: FamilyLayout = {
  title: 'an image and text model (LiT)',
  expected: 'vit_jax\'s layout: "img/embedding/kernel", …, "txt/BertEncoder_0/…" or "txt/Encoder_0/…", "t" [1]',
};
/** BERT's heads are as wide in every published size. */
const BERT_HEAD_SIZE = 64;
const BERT = 'txt/BertEncoder_0';
const ENCODER = 'txt/Encoder_0';

/** Whether the names are those of an image and text model. */
export function isLit(names: Iterable<string>): boolean {
  for (const name of names) if (name.startsWith(LIT.image) || name.startsWith(LIT.text)) return true;
  return false;
}

/**
 * Reads a LiT model's architecture from the shapes of its weights.
 * @param shapes by linen name (see `linenNames`)
 * @throws AppError bad_checkpoint: a tower missing or of an unknown layout, missing or misshapen tensors, embeddings of
 *   two widths, heads that don't divide the width
 */
export function readLitArchitecture(shapes: Shapes, hints: LitHints = {}): LitReading {
  const at = { shapes, layout: LAYOUT };
  expectShape(at, LIT.temperature, [1]);
  const notes: string[] = [];
  const image = readImageTower(shapes, hints);
  const text = shapes.has(`${BERT}/layer_norm/scale`) ? readBert(shapes, hints, notes) : readTextTransformer(shapes);
  const outDim = imageOutDim(image.architecture);
  if (textOutDim(text) !== outDim) {
    throw badLayout(`Its image tower's embeddings are ${outDim} wide, its text tower's ${textOutDim(text)}.`);
  }
  const ofTowers = (name: string): boolean => name.startsWith(LIT.image) || name.startsWith(LIT.text);
  return {
    architecture: { image: image.architecture, text, outDim },
    notes,
    unused: [
      ...image.unused.map((name) => LIT.image + name),
      ...unusedOfText(shapes, text),
      ...[...shapes.keys()].filter((name) => name !== LIT.temperature && !ofTowers(name)),
    ],
  };
}

function readImageTower(shapes: Shapes, { imageSize }: LitHints): { architecture: VitArchitecture; unused: string[] } {
  const tower = within(shapes, LIT.image);
  const classifier = tower.has('cls') ? 'token' : 'gap';
  try {
    const { architecture, unused } = readTransformerArchitecture(tower, {
      classifier,
      ...(imageSize ? { imageSize } : {}),
    });
    if (architecture.family === 'vit') return { architecture, unused };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const missing = (error.details['missing'] as string[] | undefined)?.map((name) => LIT.image + name);
    throw new AppError(error.code, `Image tower: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: missing ? { missing } : {},
      cause: error,
    });
  }
  throw badLayout('Its image tower is a hybrid; that of a LiT model is a plain Vision Transformer.');
}

function readBert(shapes: Shapes, { textHeads }: LitHints, notes: string[]): BertArchitecture {
  const at = { shapes, layout: LAYOUT };
  const [vocabSize, width] = expectShape(at, `${BERT}/embedder/embedders_token_ids/embedding`, ['V', 'D']);
  const [maxPositions] = expectShape(at, `${BERT}/embedder/embedders_position_ids/embedding`, ['N', width]);
  const [numSegments] = expectShape(at, `${BERT}/embedder/embedders_segment_ids/embedding`, ['S', width]);
  const layers = `${BERT}/encoder_block/layer_sequence/layers_`;
  const [, mlpDim] = expectShape(at, `${layers}0/mlp_block/mlp/dense_layer/kernel`, [width, 'mlpDim']);
  const numHeads = textHeads ?? width / BERT_HEAD_SIZE;
  if (!Number.isInteger(numHeads) || width % numHeads !== 0) {
    const taken = textHeads === undefined ? `heads of ${BERT_HEAD_SIZE} don't` : `${textHeads} heads don't`;
    throw badLayout(
      `Its text tower is ${width} wide, which ${taken} divide, and a BERT's weights don't tell how many there are.`,
      'Say how many: --text-heads N.',
    );
  }
  if (textHeads === undefined) {
    notes.push(
      `Text tower taken as ${numHeads} heads of ${BERT_HEAD_SIZE}, as in every published BERT; the weights don't tell.`,
    );
  }
  const depth = countBlocks(shapes.keys(), /^txt\/BertEncoder_0\/encoder_block\/layer_sequence\/layers_(\d+)\//, {
    what: 'Layer',
    first: 0,
  });
  const outDim = readHead(shapes, width);
  return { kind: 'bert', width, depth, mlpDim, numHeads, vocabSize, maxPositions, numSegments, outDim };
}

function readTextTransformer(shapes: Shapes): TextTransformerArchitecture {
  const at = { shapes, layout: LAYOUT };
  const [vocabSize, width] = expectShape(at, 'txt/Embed_0/embedding', ['V', 'D']);
  const [, maxLen] = expectShape(at, 'txt/pos_embedding', [1, 'N', width]);
  const block = `${ENCODER}/encoderblock_0`;
  const query = `${block}/MultiHeadDotProductAttention_0/query/kernel`;
  const [, numHeads, headSize] = expectShape(at, query, [width, 'H', 'D/H']);
  if (numHeads * headSize !== width) {
    throw badLayout(
      `${quoteName(query)} has ${numHeads} heads of ${headSize}, which don't add up to the width ${width}.`,
    );
  }
  const [, mlpDim] = expectShape(at, `${block}/MlpBlock_0/Dense_0/kernel`, [width, 'mlpDim']);
  const depth = countBlocks(shapes.keys(), /^txt\/Encoder_0\/encoderblock_(\d+)\//, { what: 'Text block', first: 0 });
  const [, outDim] = expectShape(at, 'txt/head/kernel', [width, 'outDim']);
  return { kind: 'text_transformer', width, depth, mlpDim, numHeads, vocabSize, maxLen, outDim };
}

function readHead(shapes: Shapes, width: number): number | null {
  if (!shapes.has('txt/head/kernel')) return null;
  return expectShape({ shapes, layout: LAYOUT }, 'txt/head/kernel', [width, 'outDim'])[1];
}

/** @returns the names that the text tower has no place for */
function unusedOfText(shapes: Shapes, text: TextArchitecture): string[] {
  const tower = within(shapes, LIT.text);
  const expected = textParams(text);
  const missing = [...expected.keys()].filter((name) => !tower.has(name)).map((name) => LIT.text + name);
  if (missing.length > 0) {
    throw new AppError(
      'bad_checkpoint',
      `It lacks ${missing.length} tensors of its text tower: ${someNames(missing)}.`,
      {
        details: { missing },
      },
    );
  }
  for (const [name, shape] of expected) {
    const found = tower.get(name)!;
    if (sameShape(found, shape)) continue;
    throw badLayout(
      `${quoteName(LIT.text + name)} has shape [${found.join(', ')}] where the other tensors call for [${shape.join(', ')}].`,
    );
  }
  return [...tower.keys()].filter((name) => !expected.has(name)).map((name) => LIT.text + name);
}

/** The tensors of one tower, by the path within it. */
function within(shapes: Shapes, prefix: string): Shapes {
  const selected = [...shapes].filter(([name]) => name.startsWith(prefix));
  return new Map(selected.map(([name, shape]) => [name.slice(prefix.length), shape]));
}
