import { AppError } from '../errors.ts';
import { gridOf, patchStride, type Architecture } from '../models/architecture.ts';
import { checkClasses, checkTrainedBlocks } from './combinations.ts';
import type { RunConfig } from './run-config.ts';
import { trainedArchitecture } from './trained-architecture.ts';

/**
 * The model a run fine-tunes: the checkpoint's encoder with the data's classes at the configuration's resolution.
 * @throws AppError config where configuration and checkpoint differ, or nothing can be trained.
 */
export function targetArchitecture(
  config: RunConfig,
  { architecture }: { architecture: Architecture },
  numClasses: number,
): Architecture {
  const target = trainedArchitecture(config, { checkpoint: architecture, numClasses });
  checkTrainedBlocks(config.vitrine, target.depth);
  checkClasses(config.vitrine, numClasses);
  if (gridOf(target).some((n) => n < 1)) {
    throw new AppError(
      'config',
      `config.pp.crop=${config.pp.crop} is smaller than the model's patch of ${patchStride(architecture).join(' x ')} px.`,
    );
  }
  if (target.classifier === 'unpooled' || target.classifier === 'token_unpooled') {
    throw new AppError(
      'config',
      `The classifier "${target.classifier}" gives no logits for whole images, so it can't be fine-tuned here.`,
    );
  }
  return target;
}
