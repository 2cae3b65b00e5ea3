import { AppError } from '../errors.ts';
import { gridOf, hasClassToken, prefixTokens } from '../models/architecture.ts';
import type { Architecture } from '../models/architecture.ts';
import { sameShape } from '../models/params.ts';
import type { NamedTensor, Params } from '../models/params.ts';
import { quoteName } from './checkpoint-error.ts';
import { resizePosemb } from './resize-posemb.ts';

export interface PretrainedLoad {
  /** By linen name. */
  pretrained: Params;
  /** Fresh parameters of the model to be fine-tuned: its head is taken from here. */
  init: Params;
  /** Of the model to be fine-tuned. */
  architecture: Architecture;
  /** Patches along height and width that `pretrained` was made for; taken as square when left out. */
  pretrainedGrid?: readonly [number, number];
}

export interface LoadedParams {
  /** In the order of `init`; tensors that did not change are the ones given, not copies. */
  params: Params;
  /** Names whose values were resized. */
  resized: string[];
  /** Names taken from `init`. */
  fromInit: string[];
  /** Names of `pretrained` that the model has no place for. */
  dropped: string[];
}

/** DeiT's second head, behind its distillation token, is as new as the first. */
const HEADS = /^head(_dist)?\//;
const POSEMB = 'Transformer/posembed_input/pos_embedding';

/**
 * Starts a fine-tuning model from a pre-trained one. The head comes from `init`; position embeddings are resized to the
 * new grid (class and distillation token copied); pre_logits are dropped where the model has no representation size and kept where it
 * has the same; everything else must fit.
 *
 * Follows vit_jax/checkpoint.py (load_pretrained) and goes further in two places where that fails: the class token is
 * told apart for `token_unpooled` too, and grids need not be square.
 * @throws AppError bad_checkpoint naming the tensor that is missing or doesn't fit
 */
export function loadPretrained(load: PretrainedLoad): LoadedParams {
  const { pretrained, init, architecture } = load;
  if (hasClassToken(architecture.classifier) !== pretrained.has('cls')) {
    const [has, fits] = pretrained.has('cls') ? ['a', 'token'] : ['no', 'gap'];
    throw new AppError(
      'bad_checkpoint',
      `The checkpoint has ${has} class token, which doesn't fit the classifier "${architecture.classifier}".`,
      { hint: `Use the classifier "${fits}".` },
    );
  }
  const params = new Map<string, NamedTensor>();
  const resized: string[] = [];
  const fromInit: string[] = [];
  for (const [name, wanted] of init) {
    if (HEADS.test(name)) {
      params.set(name, wanted);
      fromInit.push(name);
      continue;
    }
    const found = pretrained.get(name);
    if (!found) throw missing(name);
    const tensor = name === POSEMB ? fitPosemb(found, wanted, load) : found;
    if (tensor !== found) resized.push(name);
    if (!sameShape(tensor.shape, wanted.shape)) throw misfit(name, found.shape, wanted.shape);
    params.set(name, tensor);
  }
  const dropped = [...pretrained.keys()].filter((name) => !init.has(name));
  return { params, resized, fromInit, dropped };
}

function fitPosemb(found: NamedTensor, wanted: NamedTensor, load: PretrainedLoad): NamedTensor {
  const prefix = prefixTokens(load.architecture); // the class token; DeiT's distillation token too
  const to = gridOf(load.architecture);
  const [one, tokens, width] = found.shape;
  if (found.shape.length !== 3 || one !== 1 || width !== wanted.shape[2]) return found; // the caller names the misfit
  const patches = tokens! - prefix;
  const side = Math.round(Math.sqrt(patches));
  // Without word of the old grid, as many patches as wanted are the wanted grid.
  const from = load.pretrainedGrid ?? (patches === to[0] * to[1] ? to : ([side, side] as const));
  if (from[0] * from[1] !== patches) {
    const what = load.pretrainedGrid ? `a grid of ${from[0]}x${from[1]}` : 'a square grid';
    throw new AppError('bad_checkpoint', `The checkpoint's ${patches} position embeddings don't form ${what}.`);
  }
  if (from[0] === to[0] && from[1] === to[1]) return found;
  return { shape: wanted.shape, data: resizePosemb(found.data, { prefixTokens: prefix, from, to, width: width! }) };
}

function missing(name: string): AppError {
  const hint = name.startsWith('pre_logits/')
    ? 'Leave representation_size out: the checkpoint was trained without it.'
    : 'Choose a checkpoint of this architecture.';
  return new AppError('bad_checkpoint', `The checkpoint has no tensor ${quoteName(name)}, which the model needs.`, {
    hint,
  });
}

function misfit(name: string, found: readonly number[], wanted: readonly number[]): AppError {
  const hint = name.startsWith('pre_logits/')
    ? `Set representation_size to ${found[found.length - 1]}, or leave it out to drop that layer.`
    : name.includes('/token_mixing/')
      ? 'An MLP-Mixer keeps the grid of patches, and so the resolution, it was trained at.'
      : 'Choose a checkpoint of this architecture.';
  return new AppError(
    'bad_checkpoint',
    `The checkpoint's ${quoteName(name)} has shape [${found.join(', ')}], the model needs [${wanted.join(', ')}].`,
    { hint },
  );
}
