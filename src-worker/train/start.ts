import { isDeepStrictEqual } from 'node:util';
import { describePreprocessing } from '../../src-shared/checkpoints/describe-preprocessing.ts';
import { loadPretrained, type LoadedParams } from '../../src-shared/checkpoints/load-pretrained.ts';
import { plainResize } from '../../src-shared/checkpoints/preprocessing.ts';
import type { Preprocessing } from '../../src-shared/checkpoints/sidecar.ts';
import type { RunConfig } from '../../src-shared/config/run-config.ts';
import { mixes } from '../../src-shared/data/mix-plan.ts';
import { AppError } from '../../src-shared/errors.ts';
import { gridOf, type Architecture } from '../../src-shared/models/architecture.ts';
import { countParams, paramsOf } from '../../src-shared/models/family-params.ts';
import { sizeOfShape } from '../../src-shared/models/params.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import type { Engine } from '../engine/runtime.ts';
import { microBatches } from './batch-sizes.ts';
import { initParams } from './init-params.ts';

/**
 * The engine must have the gradients of what the model is made of.
 * @throws AppError engine
 */
export function checkTrainable({ kind }: Pick<Engine, 'kind'>, { family }: Architecture): void {
  if (kind !== 'wasm' || family !== 'hybrid') return;
  throw new AppError('engine', "WASM can't train hybrids: it has no gradient of a convolution by its kernel.", {
    hint: 'Run "vitrine engine install" for TensorFlow. On WASM hybrids predict and evaluate; ViT, DeiT and MLP-Mixer train.',
  });
}

/** @throws AppError config where mixup or cutmix have no second image to mix with. */
export function checkMixing(config: RunConfig): void {
  if (!mixes(config.vitrine.aug) || config.batch / microBatches(config) >= 2) return;
  throw new AppError('config', 'Mixup and cutmix mix images computed together, but here each is computed alone.', {
    hint: 'Raise --config.batch, lower --config.accum_steps, or set --config.vitrine.aug.mixup=0 and cutmix=0.',
  });
}

/** The parameters a run starts from, by vit_jax's load_pretrained. */
export function startParams(checkpoint: Checkpoint, architecture: Architecture, seed: number): LoadedParams {
  return loadPretrained({
    pretrained: checkpoint.params,
    init: initParams(architecture, seed),
    architecture,
    pretrainedGrid: gridOf(checkpoint.architecture),
  });
}

/** What loading did, for a person. */
export function describeStart(loaded: LoadedParams, from: Architecture, to: Architecture): string[] {
  const notes = [`The head is new: ${to.numClasses} classes.`];
  if (loaded.resized.length > 0) {
    notes.push(`Position embeddings resized from ${gridOf(from).join(' x ')} to ${gridOf(to).join(' x ')} patches.`);
  }
  const dropped = loaded.dropped.filter((name) => name.startsWith('pre_logits/'));
  if (dropped.length > 0) notes.push("The checkpoint's pre_logits layer is dropped (representation_size is not set).");
  return notes;
}

/** How much of the model learns, where that isn't everything. */
export function describeTrained(architecture: Architecture, trained: readonly string[]): string[] {
  const specs = paramsOf(architecture);
  const learning = trained.reduce((sum, name) => sum + sizeOfShape(specs.get(name)!.shape), 0);
  const all = countParams(architecture);
  if (learning === all) return [];
  const numbers = [learning, all].map((n) => n.toLocaleString('en'));
  return [`${numbers[0]} of ${numbers[1]} parameters learn; the rest stays as the checkpoint has it.`];
}

/** How the run prepares images where that is not AugReg's way, which goes without saying. */
export function describeImages(preprocessing: Preprocessing): string[] {
  const { resize, crop, values } = describePreprocessing(preprocessing);
  const { resolution, exif } = preprocessing;
  if (isDeepStrictEqual(preprocessing, { ...plainResize(resolution), exif })) return [];
  return [
    `Images are prepared as the checkpoint's: evaluated ${resize}${crop === null ? '' : `, ${crop}`}; values ${values}. ` +
      "Training crops are vit_jax's, with the same values.",
  ];
}
