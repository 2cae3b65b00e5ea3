import { AppError } from '../errors.ts';
import { gridOf, patchStride, type Architecture } from '../models/architecture.ts';
import { paramsOf } from '../models/family-params.ts';
import { sameShape } from '../models/params.ts';
import { quoteName, someNames } from './checkpoint-error.ts';
import { unknownLayout } from './unknown-layout.ts';

// What reading an architecture from shapes takes, whatever the family.

/** Shapes by linen name. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** A family as messages name it, and what its files look like. */
export interface FamilyLayout {
  /** With its article: "a Vision Transformer". */
  title: string;
  expected: string;
}

export function badLayout(message: string, hint?: string): AppError {
  return new AppError('bad_checkpoint', message, hint === undefined ? {} : { hint });
}

/**
 * A shape whose numbers are where the pattern has them, all positive; letters stand for any number.
 * @throws AppError bad_checkpoint
 */
export function expectShape(
  { shapes, layout }: { shapes: Shapes; layout: FamilyLayout },
  name: string,
  pattern: readonly (number | string)[],
): [number, number, number, number] {
  const shape = shapes.get(name);
  if (!shape) throw unknownLayout([...shapes.keys()], name, layout.expected);
  const fits =
    shape.length === pattern.length &&
    shape.every((d, i) => d > 0 && (typeof pattern[i] === 'string' || pattern[i] === d));
  if (!fits) {
    throw badLayout(`${quoteName(name)} has shape [${shape.join(', ')}] where [${pattern.join(', ')}] is expected.`);
  }
  return shape as unknown as [number, number, number, number];
}

/**
 * How many blocks there are, counted by the number that `pattern` captures in their names.
 * @param first number of the first block
 * @throws AppError bad_checkpoint where one is missing in between
 */
export function countBlocks(
  names: Iterable<string>,
  pattern: RegExp,
  { what, first }: { what: string; first: 0 | 1 },
): number {
  const found = new Set<number>();
  for (const name of names) {
    const match = pattern.exec(name);
    if (match) found.add(Number(match[1]));
  }
  for (let block = first; block < found.size + first; block++) {
    if (!found.has(block)) throw badLayout(`${what} ${block} is missing, though there are ${found.size} of them.`);
  }
  return found.size;
}

/**
 * The image size from the number of patches: what the hint says, or a square grid of whole patches.
 * @throws AppError bad_checkpoint where the hint doesn't fit, or there is none and the grid isn't square
 */
export function readImageSize(
  patches: number,
  grid: Omit<Parameters<typeof gridOf>[0], 'imageSize'>,
  hint: readonly [number, number] | undefined,
): [number, number] {
  if (hint) {
    const [gh, gw] = gridOf({ ...grid, imageSize: hint });
    if (gh * gw === patches) return [hint[0], hint[1]];
    throw badLayout(
      `An image of ${hint.join('x')} px has ${gh}x${gw} patches, but this checkpoint was made for ${patches} patches.`,
    );
  }
  const side = Math.round(Math.sqrt(patches));
  if (side * side !== patches || patches <= 0) {
    throw badLayout(
      `Its ${patches} patches don't form a square grid, so the weights don't tell the image's height and width.`,
      'Say the image size it was made for: --image-size HEIGHTxWIDTH in px.',
    );
  }
  const [height, width] = patchStride(grid);
  return [side * height, side * width];
}

/**
 * Holds all shapes against those of the architecture.
 * @returns the names that the model has no place for
 * @throws AppError bad_checkpoint: tensors missing (all of them in `details.missing`) or misshapen
 */
export function checkAllShapes(shapes: Shapes, architecture: Architecture, { title }: FamilyLayout): string[] {
  const expected = paramsOf(architecture);
  const missing = [...expected.keys()].filter((name) => !shapes.has(name));
  if (missing.length > 0) {
    throw new AppError('bad_checkpoint', `It lacks ${missing.length} tensors of ${title}: ${someNames(missing)}.`, {
      details: { missing },
    });
  }
  for (const [name, { shape }] of expected) {
    const found = shapes.get(name)!;
    if (!sameShape(found, shape)) {
      throw badLayout(
        `${quoteName(name)} has shape [${found.join(', ')}] where the other tensors call for [${shape.join(', ')}].`,
      );
    }
  }
  const unused = [...shapes.keys()].filter((name) => !expected.has(name));
  const computed = unused.filter((name) => COMPUTED.test(name));
  if (computed.length === 0) return unused;
  throw badLayout(
    `This is not quite ${title}: it also computes with ${someNames(computed)}.`,
    'Models with such parts (layer scale, registers, other norms or poolings) are not supported.',
  );
}

/** Names of what a model computes with: one that has no place means it is another model. */
const COMPUTED =
  /^(embedding|stem|conv_root|gn_root|block\d+|MixerBlock_\d+|pre_head_layer_norm|Transformer|MAPHead_\d+|pre_logits|head|head_dist)\//;
