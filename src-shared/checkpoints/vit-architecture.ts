import type { Classifier, HybridArchitecture, VitArchitecture } from '../models/architecture.ts';
import { quoteName } from './checkpoint-error.ts';
import { readResnet } from './resnet-architecture.ts';
import { badLayout, checkAllShapes, countBlocks, expectShape, readImageSize } from './tensor-shapes.ts';
import type { FamilyLayout, Shapes } from './tensor-shapes.ts';

export interface ArchitectureHints {
  /** Height and width, px; decides the grid of patches where it isn't square. */
  imageSize?: readonly [number, number];
  /** Decides between token and token_unpooled, gap and unpooled. */
  classifier?: Classifier;
}

const POSEMB = 'Transformer/posembed_input/pos_embedding';
const QUERY = 'Transformer/encoderblock_0/MultiHeadDotProductAttention_0/query/kernel';
const MLP = 'Transformer/encoderblock_0/MlpBlock_0/Dense_0/kernel';

const RESNET_NAME = /^(conv_root|gn_root|block\d+\/unit\d+)\//;

const VIT: FamilyLayout = {
  title: 'a Vision Transformer',
  expected: `AugReg's layout: "embedding/kernel" [P, P, 3, D], "Transformer/encoderblock_0/…", "${POSEMB}" [1, N, D]`,
};

const HYBRID: FamilyLayout = {
  title: 'a hybrid of a ResNet and a Vision Transformer',
  expected: `AugReg's layout: "conv_root/kernel" [7, 7, 3, W], "block1/unit1/…", "embedding/kernel", "${POSEMB}" [1, N, D]`,
};

/**
 * Reads the architecture of a Vision Transformer, over pixels or over a ResNet's features, from the shapes of its
 * weights.
 * @param shapes by linen name (see `linenNames`), GroupNorm parameters [C]
 * @throws AppError bad_checkpoint: an unknown layout, missing or misshapen tensors, a grid of patches that is not
 *   square without `hints.imageSize`, hints that contradict the weights
 */
export function readTransformerArchitecture(
  shapes: Shapes,
  hints: ArchitectureHints = {},
): { architecture: VitArchitecture | HybridArchitecture; notes: string[]; unused: string[] } {
  const isHybrid = [...shapes.keys()].some((name) => RESNET_NAME.test(name));
  const layout = isHybrid ? HYBRID : VIT;
  const resnet = isHybrid ? readResnet({ shapes, layout }) : null;
  const at = { shapes, layout };
  const embedding = expectShape(at, 'embedding/kernel', ['P', 'P', resnet?.channels ?? 3, 'D']);
  const [patchHeight, patchWidth, , width] = embedding;
  const [, numHeads, headSize] = expectShape(at, QUERY, [width, 'H', 'D/H']);
  if (numHeads * headSize !== width) {
    throw badLayout(
      `${quoteName(QUERY)} has ${numHeads} heads of ${headSize}, which don't add up to the width ${width}.`,
    );
  }
  const [, mlpDim] = expectShape(at, MLP, [width, 'mlpDim']);
  const [, tokens] = expectShape(at, POSEMB, [1, 'N', width]);
  const notes: string[] = [];
  const classifier = readClassifier(shapes, hints, notes);
  const representationSize = shapes.has('pre_logits/kernel')
    ? expectShape(at, 'pre_logits/kernel', [width, 'R'])[1]
    : null;
  const features = representationSize ?? width;
  const numClasses = shapes.has('head/kernel') ? expectShape(at, 'head/kernel', [features, 'C'])[1] : null;
  if (numClasses === null) notes.push('It has no head: the model ends with its representation.');
  const family: FamilyFields = resnet ? { family: 'hybrid', resnet: resnet.resnet } : { family: 'vit' };
  const patchSize = [patchHeight, patchWidth] as const;
  const patches = tokens - (shapes.has('cls') ? 1 : 0);
  const architecture: VitArchitecture | HybridArchitecture = {
    ...family,
    patchSize,
    imageSize: readImageSize(patches, { ...family, patchSize }, hints.imageSize),
    width,
    depth: countBlocks(shapes.keys(), /^Transformer\/encoderblock_(\d+)\//, { what: 'Encoder block', first: 0 }),
    mlpDim,
    numHeads,
    classifier,
    representationSize,
    numClasses,
  };
  return { architecture, notes, unused: checkAllShapes(shapes, architecture, layout) };
}

type FamilyFields = { family: 'vit' } | { family: 'hybrid'; resnet: HybridArchitecture['resnet'] };

function readClassifier(shapes: Shapes, hints: ArchitectureHints, notes: string[]): Classifier {
  const hasToken = shapes.has('cls');
  const possible: Classifier[] = hasToken ? ['token', 'token_unpooled'] : ['gap', 'unpooled'];
  if (hints.classifier) {
    if (possible.includes(hints.classifier)) return hints.classifier;
    throw badLayout(
      `The classifier "${hints.classifier}" doesn't fit this checkpoint, which has ${hasToken ? 'a' : 'no'} class token.`,
      `Use "${possible[0]}" or "${possible[1]}".`,
    );
  }
  notes.push(`Classifier taken as "${possible[0]}"; "${possible[1]}" would have the same weights.`);
  return possible[0]!;
}
