import { loadPretrained, type LoadedParams } from '../../src-shared/checkpoints/load-pretrained.ts';
import { isMixerConfig, type RunConfig } from '../../src-shared/config/run-config.ts';
import { AppError } from '../../src-shared/errors.ts';
import { gridOf, type VitArchitecture } from '../../src-shared/models/architecture.ts';
import type { Checkpoint } from '../checkpoints/read-checkpoint.ts';
import { initParams } from './init-params.ts';

/**
 * The model a run fine-tunes: the checkpoint's architecture with the data's classes, at the configuration's
 * resolution. Where the configuration names a size that the checkpoint doesn't have, it is refused.
 */
export function targetArchitecture(config: RunConfig, { architecture }: Checkpoint, numClasses: number): VitArchitecture {
  const { model } = config;
  if (config.model_type !== 'ViT' || isMixerConfig(model) || model.resnet) {
    throw new AppError('config', `Training a ${config.model_type === 'Mixer' ? 'Mixer' : 'hybrid'} is not supported yet.`, {
      hint: 'Choose a Vision Transformer (Ti_16, S_16, B_16, …).',
    });
  }
  const expected: [field: string, wanted: unknown, found: unknown][] = [
    ['patches.size', model.patches.size, architecture.patchSize],
    ['hidden_size', model.hidden_size, architecture.width],
    ['transformer.num_layers', model.transformer.num_layers, architecture.depth],
    ['transformer.mlp_dim', model.transformer.mlp_dim, architecture.mlpDim],
    ['transformer.num_heads', model.transformer.num_heads, architecture.numHeads],
  ];
  for (const [field, wanted, found] of expected) {
    if (wanted === null || JSON.stringify(wanted) === JSON.stringify(found)) continue;
    throw new AppError('bad_checkpoint', `config.model.${field} is ${JSON.stringify(wanted)}, but the checkpoint has ${JSON.stringify(found)}.`, {
      hint: 'Choose the configuration of this checkpoint, or leave --config out: the architecture is read from the file.',
    });
  }
  const size = config.pp.crop;
  const imageSize: [number, number] = size === null ? [architecture.imageSize[0], architecture.imageSize[1]] : [size, size];
  const target: VitArchitecture = {
    ...architecture,
    imageSize,
    numClasses,
    classifier: model.classifier ?? architecture.classifier,
    representationSize: model.representation_size,
  };
  if (gridOf(target).some((n) => n < 1)) {
    throw new AppError('config', `config.pp.crop=${size} is smaller than the model's patch of ${architecture.patchSize.join(' x ')} px.`);
  }
  if (target.classifier === 'unpooled' || target.classifier === 'token_unpooled') {
    throw new AppError('config', `The classifier "${target.classifier}" gives no logits for whole images, so it can't be fine-tuned here.`);
  }
  return target;
}

/** The parameters a run starts from, by vit_jax's load_pretrained. */
export function startParams(checkpoint: Checkpoint, architecture: VitArchitecture, seed: number): LoadedParams {
  return loadPretrained({
    pretrained: checkpoint.params,
    init: initParams(architecture, seed),
    architecture,
    pretrainedGrid: gridOf(checkpoint.architecture),
  });
}

/** What loading did, for a person. */
export function describeStart(loaded: LoadedParams, from: VitArchitecture, to: VitArchitecture): string[] {
  const notes = [`The head is new: ${to.numClasses} classes.`];
  if (loaded.resized.length > 0) {
    notes.push(`Position embeddings resized from ${gridOf(from).join(' x ')} to ${gridOf(to).join(' x ')} patches.`);
  }
  const dropped = loaded.dropped.filter((name) => name.startsWith('pre_logits/'));
  if (dropped.length > 0) notes.push('The checkpoint\'s pre_logits layer is dropped (representation_size is not set).');
  return notes;
}
