import type { RunConfig } from '../config/run-config.ts';
import type { Architecture } from './architecture.ts';
import { paramsOf } from './family-params.ts';

const BLOCK = /^(?:Transformer\/encoderblock|MixerBlock)_(\d+)\//;
const AFTER_BLOCKS = /^(?:Transformer\/encoder_norm|pre_head_layer_norm|pre_logits|head|head_dist)\//;
/** What turns features into logits; DeiT's second head, behind its distillation token, is one too. */
const HEAD = /^head(?:_dist)?\//;

/**
 * The depth of a parameter: 0 for what makes the tokens (patch embedding, class token, position embeddings, a hybrid's
 * ResNet), i + 1 for block i, depth + 1 for what comes after the last block. BEiT counts so (arXiv:2106.08254); timm puts
 * the final norm with the last block.
 */
export function layerOf(name: string, { depth }: Pick<Architecture, 'depth'>): number {
  const block = BLOCK.exec(name);
  if (block) return Number(block[1]) + 1;
  return AFTER_BLOCKS.test(name) ? depth + 1 : 0;
}

/** The parameters of the head. */
export function isHead(name: string): boolean {
  return HEAD.test(name);
}

/** Names of the parameters that learn, in the model's order; the others stay as the checkpoint has them. */
export function trainedNames(
  architecture: Architecture,
  { train, train_blocks: blocks }: Pick<RunConfig['vitrine'], 'train' | 'train_blocks'>,
): string[] {
  const names = [...paramsOf(architecture).keys()];
  const { depth } = architecture;
  switch (train) {
    case 'all':
      return names;
    case 'head':
    case 'probe':
      return names.filter(isHead);
    case 'blocks':
      return names.filter((name) => layerOf(name, architecture) > depth - blocks);
  }
}

/**
 * The modules that stay as they are, for whoever reads of the model: the names' folders, a block as a whole. Empty where
 * everything learns.
 */
export function frozenModules(architecture: Architecture, trained: readonly string[]): string[] {
  const learns = new Set(trained);
  const frozen = [...paramsOf(architecture).keys()].filter((name) => !learns.has(name));
  return [...new Set(frozen.map((name) => BLOCK.exec(name)?.[0].slice(0, -1) ?? moduleOf(name)))];
}

/** `embedding/kernel` → `embedding`; `cls` is a module of its own. */
function moduleOf(name: string): string {
  const end = name.lastIndexOf('/');
  return end < 0 ? name : name.slice(0, end);
}
