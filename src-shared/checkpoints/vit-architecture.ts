import { AppError } from '../errors.ts';
import { gridOf } from '../models/architecture.ts';
import type { Classifier, VitArchitecture } from '../models/architecture.ts';
import { sameShape } from '../models/params.ts';
import { vitParams } from '../models/vit-params.ts';
import { quoteName, someNames } from './checkpoint-error.ts';
import { refuseOtherFamilies } from './other-families.ts';

export interface VitHints {
  /** Height and width, px; decides the grid of patches where it isn't square. */
  imageSize?: readonly [number, number];
  /** Decides between token and token_unpooled, gap and unpooled. */
  classifier?: Classifier;
}

export interface VitReading {
  architecture: VitArchitecture;
  /** What the weights leave open and how it was taken, a sentence each. */
  notes: string[];
  /** Tensors of the file that this model has no place for. */
  unused: string[];
}

const POSEMB = 'Transformer/posembed_input/pos_embedding';
const QUERY = 'Transformer/encoderblock_0/MultiHeadDotProductAttention_0/query/kernel';
const MLP = 'Transformer/encoderblock_0/MlpBlock_0/Dense_0/kernel';

/**
 * Reads a Vision Transformer's architecture from the shapes of its weights.
 * @param shapes by linen name (see `linenNames`)
 * @throws AppError bad_checkpoint: another family, an unknown layout, missing or misshapen tensors, a grid of patches
 *   that is not square without `hints.imageSize`, hints that contradict the weights
 */
export function readVitArchitecture(shapes: ReadonlyMap<string, readonly number[]>, hints: VitHints = {}): VitReading {
  refuseOtherFamilies(shapes);
  const [patchHeight, patchWidth, , width] = expectShape(shapes, 'embedding/kernel', ['P', 'P', 3, 'D']);
  const [, numHeads, headSize] = expectShape(shapes, QUERY, [width, 'H', 'D/H']);
  if (numHeads * headSize !== width) {
    throw bad(`${quoteName(QUERY)} has ${numHeads} heads of ${headSize}, which don't add up to the width ${width}.`);
  }
  const [, mlpDim] = expectShape(shapes, MLP, [width, 'mlpDim']);
  const [, tokens] = expectShape(shapes, POSEMB, [1, 'N', width]);
  const notes: string[] = [];
  const classifier = readClassifier(shapes, hints, notes);
  const patchSize = [patchHeight, patchWidth] as const;
  const representationSize = shapes.has('pre_logits/kernel')
    ? expectShape(shapes, 'pre_logits/kernel', [width, 'R'])[1]
    : null;
  const features = representationSize ?? width;
  const numClasses = shapes.has('head/kernel') ? expectShape(shapes, 'head/kernel', [features, 'C'])[1] : null;
  if (numClasses === null) notes.push('It has no head: the model ends with its representation.');
  const architecture: VitArchitecture = {
    family: 'vit',
    patchSize,
    imageSize: readImageSize(tokens - (shapes.has('cls') ? 1 : 0), { patchSize, hint: hints.imageSize }),
    width,
    depth: readDepth(shapes),
    mlpDim,
    numHeads,
    classifier,
    representationSize,
    numClasses,
  };
  return { architecture, notes, unused: checkAllShapes(shapes, architecture) };
}

function bad(message: string, hint?: string): AppError {
  return new AppError('bad_checkpoint', message, hint === undefined ? {} : { hint });
}

/** A shape whose numbers are where the pattern has them, all positive; letters stand for any number. */
function expectShape(
  shapes: ReadonlyMap<string, readonly number[]>,
  name: string,
  pattern: readonly (number | string)[],
): [number, number, number, number] {
  const shape = shapes.get(name);
  if (!shape) {
    const found = shapes.size === 0 ? 'The file holds no tensors.' : `Found: ${someNames(shapes.keys())}.`;
    throw bad(
      `This is no Vision Transformer's checkpoint that is known here: there is no tensor ${quoteName(name)}.`,
      `${found} Expected AugReg's layout: "embedding/kernel" [P, P, 3, D], "Transformer/encoderblock_0/…", "${POSEMB}" [1, N, D].`,
    );
  }
  const fits =
    shape.length === pattern.length &&
    shape.every((d, i) => d > 0 && (typeof pattern[i] === 'string' || pattern[i] === d));
  if (!fits) throw bad(`${quoteName(name)} has shape [${shape.join(', ')}] where [${pattern.join(', ')}] is expected.`);
  return shape as unknown as [number, number, number, number];
}

function readDepth(shapes: ReadonlyMap<string, readonly number[]>): number {
  const found = new Set<number>();
  for (const name of shapes.keys()) {
    const match = /^Transformer\/encoderblock_(\d+)\//.exec(name);
    if (match) found.add(Number(match[1]));
  }
  for (let block = 0; block < found.size; block++) {
    if (!found.has(block)) throw bad(`Encoder block ${block} is missing, though there are ${found.size} blocks.`);
  }
  return found.size;
}

function readClassifier(shapes: ReadonlyMap<string, readonly number[]>, hints: VitHints, notes: string[]): Classifier {
  const hasToken = shapes.has('cls');
  const possible: Classifier[] = hasToken ? ['token', 'token_unpooled'] : ['gap', 'unpooled'];
  if (hints.classifier) {
    if (possible.includes(hints.classifier)) return hints.classifier;
    throw bad(
      `The classifier "${hints.classifier}" doesn't fit this checkpoint, which has ${hasToken ? 'a' : 'no'} class token.`,
      `Use "${possible[0]}" or "${possible[1]}".`,
    );
  }
  notes.push(`Classifier taken as "${possible[0]}"; "${possible[1]}" would have the same weights.`);
  return possible[0]!;
}

function readImageSize(
  patches: number,
  options: { patchSize: readonly [number, number]; hint: readonly [number, number] | undefined },
): [number, number] {
  const { patchSize, hint } = options;
  if (hint) {
    const [gh, gw] = gridOf({ imageSize: hint, patchSize });
    if (gh * gw !== patches) {
      throw bad(
        `An image of ${hint.join('x')} px has ${gh}x${gw} patches, but this checkpoint has position embeddings for ${patches}.`,
      );
    }
    return [gh * patchSize[0], gw * patchSize[1]];
  }
  const grid = Math.round(Math.sqrt(patches));
  if (grid * grid !== patches || patches <= 0) {
    throw bad(
      `Its ${patches} position embeddings don't form a square grid, so the weights don't tell the image's height and width.`,
      'Say the image size it was made for: --image-size HEIGHTxWIDTH in px.',
    );
  }
  return [grid * patchSize[0], grid * patchSize[1]];
}

/** @returns the names that the model has no place for */
function checkAllShapes(shapes: ReadonlyMap<string, readonly number[]>, architecture: VitArchitecture): string[] {
  const expected = vitParams(architecture);
  const missing = [...expected.keys()].filter((name) => !shapes.has(name));
  if (missing.length > 0) {
    throw new AppError(
      'bad_checkpoint',
      `It lacks ${missing.length} tensors of a Vision Transformer: ${someNames(missing)}.`,
      {
        details: { missing },
      },
    );
  }
  for (const [name, { shape }] of expected) {
    const found = shapes.get(name)!;
    if (!sameShape(found, shape)) {
      throw bad(
        `${quoteName(name)} has shape [${found.join(', ')}] where the other tensors call for [${shape.join(', ')}].`,
      );
    }
  }
  return [...shapes.keys()].filter((name) => !expected.has(name));
}
