import type { Architecture } from '../models/architecture.ts';
import { isDistilledDeit, readDeitArchitecture } from './deit-architecture.ts';
import { readMixerArchitecture } from './mixer-architecture.ts';
import { refuseOtherFamilies } from './other-families.ts';
import type { Shapes } from './tensor-shapes.ts';
import { readTransformerArchitecture, type ArchitectureHints } from './vit-architecture.ts';

export type { ArchitectureHints } from './vit-architecture.ts';

export interface ArchitectureReading {
  architecture: Architecture;
  /** What the weights leave open and how it was taken, a sentence each. */
  notes: string[];
  /** Tensors of the file that this model has no place for. */
  unused: string[];
}

const MIXER_NAME = /^(MixerBlock_\d+|stem|pre_head_layer_norm)\//;

/**
 * Reads a model's architecture from the names and shapes of its weights.
 * @param shapes by linen name (see `linenNames`), GroupNorm parameters [C] (see `linenShape`)
 * @throws AppError bad_checkpoint: another family, an unknown layout, missing or misshapen tensors, hints that
 *   contradict the weights
 */
export function readArchitecture(shapes: Shapes, hints: ArchitectureHints = {}): ArchitectureReading {
  refuseOtherFamilies(shapes);
  for (const name of shapes.keys()) if (MIXER_NAME.test(name)) return readMixerArchitecture(shapes, hints);
  if (isDistilledDeit(shapes)) return readDeitArchitecture(shapes, hints);
  return readTransformerArchitecture(shapes, hints);
}

/**
 * What shapes alone don't tell, from a description of the same weights: which GELU, LayerNorm's epsilon, and that a
 * model without a distillation token is a DeiT.
 */
export function withDescribed(read: Architecture, described: Architecture | undefined): Architecture {
  if (!described) return read;
  if (described.family === 'deit') return { ...described, imageSize: read.imageSize };
  const { gelu } = described;
  const epsilon = 'layerNormEpsilon' in described ? described.layerNormEpsilon : undefined;
  if (read.family === 'mixer') return { ...read, ...(gelu ? { gelu } : {}) };
  return { ...read, ...(gelu ? { gelu } : {}), ...(epsilon === undefined ? {} : { layerNormEpsilon: epsilon }) };
}
