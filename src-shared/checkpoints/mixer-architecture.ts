import type { MixerArchitecture } from '../models/architecture.ts';
import { badLayout, checkAllShapes, countBlocks, expectShape, readImageSize } from './tensor-shapes.ts';
import type { FamilyLayout, Shapes } from './tensor-shapes.ts';
import type { ArchitectureHints } from './vit-architecture.ts';

const MIXER: FamilyLayout = {
  title: 'an MLP-Mixer',
  expected: `the paper's layout: "stem/kernel" [P, P, 3, D], "MixerBlock_0/token_mixing/Dense_0/kernel" [N, tokensMlpDim]`,
};

/**
 * Reads an MLP-Mixer's architecture from the shapes of its weights.
 * @param shapes by linen name
 * @throws AppError bad_checkpoint: missing or misshapen tensors, a grid of patches that is not square without
 *   `hints.imageSize`, hints that contradict the weights
 */
export function readMixerArchitecture(
  shapes: Shapes,
  hints: ArchitectureHints = {},
): { architecture: MixerArchitecture; notes: string[]; unused: string[] } {
  const at = { shapes, layout: MIXER };
  const [patchHeight, patchWidth, , width] = expectShape(at, 'stem/kernel', ['P', 'P', 3, 'D']);
  const [tokens, tokensMlpDim] = expectShape(at, 'MixerBlock_0/token_mixing/Dense_0/kernel', ['N', 'tokensMlpDim']);
  const [, channelsMlpDim] = expectShape(at, 'MixerBlock_0/channel_mixing/Dense_0/kernel', [width, 'channelsMlpDim']);
  if (hints.classifier && hints.classifier !== 'gap') {
    throw badLayout(
      `The classifier "${hints.classifier}" doesn't fit this checkpoint: an MLP-Mixer averages its tokens.`,
      'Use "gap".',
    );
  }
  const numClasses = shapes.has('head/kernel') ? expectShape(at, 'head/kernel', [width, 'C'])[1] : null;
  const notes = numClasses === null ? ['It has no head: the model ends with its representation.'] : [];
  const patchSize = [patchHeight, patchWidth] as const;
  const architecture: MixerArchitecture = {
    family: 'mixer',
    patchSize,
    imageSize: readImageSize(tokens, { family: 'mixer', patchSize }, hints.imageSize),
    width,
    depth: countBlocks(shapes.keys(), /^MixerBlock_(\d+)\//, { what: 'Mixer block', first: 0 }),
    tokensMlpDim,
    channelsMlpDim,
    classifier: 'gap',
    representationSize: null,
    numClasses,
  };
  return { architecture, notes, unused: checkAllShapes(shapes, architecture, MIXER) };
}
