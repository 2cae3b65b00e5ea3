import type { HybridArchitecture } from '../models/architecture.ts';
import { BOTTLENECK_EXPANSION, GROUPS, ROOT_WIDTH } from '../models/hybrid-params.ts';
import { badLayout, countBlocks, expectShape } from './tensor-shapes.ts';
import type { FamilyLayout, Shapes } from './tensor-shapes.ts';

/**
 * Reads the ResNet of a hybrid from the names and shapes of its weights.
 * @returns its fields, and the channels of the features that it makes
 * @throws AppError bad_checkpoint: a stage or unit is missing, a width that GroupNorm can't have
 */
export function readResnet(at: { shapes: Shapes; layout: FamilyLayout }): {
  resnet: HybridArchitecture['resnet'];
  channels: number;
} {
  const names = [...at.shapes.keys()];
  const [, , , root] = expectShape(at, 'conv_root/kernel', [7, 7, 3, 'W']);
  if (root % GROUPS !== 0) {
    throw badLayout(`"conv_root/kernel" has ${root} outputs, which GroupNorm can't part into ${GROUPS} groups.`);
  }
  const stages = countBlocks(names, /^block(\d+)\//, { what: 'ResNet stage', first: 1 });
  const numLayers = Array.from({ length: stages }, (_, stage) =>
    countBlocks(names, new RegExp(`^block${stage + 1}/unit(\\d+)/`), {
      what: `In ResNet stage ${stage + 1}, unit`,
      first: 1,
    }),
  );
  const channels = stages === 0 ? root : root * 2 ** (stages - 1) * BOTTLENECK_EXPANSION;
  return { resnet: { numLayers, widthFactor: root / ROOT_WIDTH }, channels };
}
