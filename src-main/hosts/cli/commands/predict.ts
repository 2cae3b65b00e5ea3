import { basename, resolve } from 'node:path';
import { badImagesError, inspectImages } from '../../../services/datasets/check.ts';
import { importImages } from '../../../services/datasets/import-cache.ts';
import { homeFolder } from '../../../services/library/service.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { topClasses } from '../../../../src-shared/metrics/scores.ts';
import { softmax } from '../../../../src-shared/metrics/softmax.ts';
import type { Command, CommandContext } from '../command.ts';
import { inspectUsable } from '../inspect-usable.ts';
import { scoreImages } from '../score-images.ts';
import { ALLOW_NAN, allowNanOption, positiveOption, threadsOption } from '../worker-options.ts';

export const command: Command = {
  name: 'predict',
  summary: 'classify images',
  usage: 'predict CHECKPOINT IMAGE… [--top 5]',
  help: `
Classifies images with a fine-tuned checkpoint, prepared as it was trained.

  --top N       classes to name for each image (default 5)
  --batch N     images at a time (default 32)
  --threads N   threads (default: all cores)
  --allow-nan   take weights that are NaN or infinite
  --json        [{"image", "predictions": [{"class", "index", "probability"}]}] under "images"

Example:
  vitrine predict runs/pets/model.npz cat.jpg dog.jpg --top 3
`,
  options: { top: { type: 'string' }, batch: { type: 'string' }, threads: { type: 'string' }, ...ALLOW_NAN },
  run,
};

async function run(context: CommandContext): Promise<void> {
  const [checkpoint, ...images] = context.positionals;
  if (checkpoint === undefined || images.length === 0) {
    throw new AppError('usage', 'predict takes a checkpoint and one image or more.', {
      hint: `Usage: vitrine ${command.usage}`,
    });
  }
  threadsOption(context);
  const batch = positiveOption('batch', context.options['batch'], 32);
  const top = positiveOption('top', context.options['top'], 5);
  const inspection = await inspectUsable(checkpoint, context.signal);
  const home = homeFolder();
  const items = images.map((image) => ({ path: resolve(image), label: null, name: image }));
  const { bad, facts } = await inspectImages(items, { home, signal: context.signal });
  if (bad.length > 0) {
    const { message, details } = badImagesError('the command', bad, images.length);
    throw new AppError('bad_dataset', message, { hint: 'Repair them, or leave them out.', details });
  }
  const exif = inspection.preprocessing?.exif ?? 'ignore';
  const decodePaths = await importImages(items, { home, exif, facts, signal: context.signal });

  const {
    logits,
    numClasses,
    checkpoint: model,
  } = await scoreImages(context, {
    checkpoint: resolve(checkpoint),
    allowNan: allowNanOption(context),
    described: inspection.described,
    images: { paths: items.map((item) => decodePaths.get(item.path)!), labels: items.map(() => -1) },
    batch,
    fingerprints: null,
  });
  if (model.labelsAssumed) context.log('The checkpoint names no classes: they are assumed from their number.');
  const names = model.labels ?? Array.from({ length: numClasses }, (_, i) => `class ${i}`);
  const results = images.map((image, i) => {
    const probabilities = softmax(logits.subarray(i * numClasses, (i + 1) * numClasses));
    const best = topClasses(probabilities, Math.min(top, numClasses));
    return {
      image,
      predictions: best.map((index) => ({ class: names[index]!, index, probability: probabilities[index]! })),
    };
  });
  if (context.json) {
    const { sha256, labelsAssumed } = model;
    return context.emit({ checkpoint: { name: basename(checkpoint), sha256, labelsAssumed }, images: results });
  }
  for (const { image, predictions } of results) {
    context.print(image);
    for (const { class: name, probability } of predictions)
      context.print(`  ${(100 * probability).toFixed(2).padStart(6)} %  ${name}`);
  }
}
