import { AppError } from '../../../../src-shared/errors.ts';
import { homeFolder } from '../../../services/library/service.ts';
import { classify } from '../../../services/predict/classify.ts';
import { inspectUsable, scoreImages } from '../../../services/scoring/service.ts';
import type { Command, CommandContext } from '../command.ts';
import { ProgressBar } from '../progress-bar.ts';
import { ALLOW_NAN, allowNanOption, engineEnvironment, positiveOption, threadsOption } from '../worker-options.ts';

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
  const { signal } = context;
  const bar = new ProgressBar({ quiet: context.json });
  const result = await classify(
    {
      checkpoint,
      images: images.map((image) => ({ path: image, name: image })),
      place: 'the command',
      allowNan: allowNanOption(context),
      top,
      batch,
      home: homeFolder(),
      signal,
    },
    {
      inspect: (path) => inspectUsable(path, signal),
      score: async (job) => {
        const environment = await engineEnvironment(context);
        const onProgress = (done: number, total: number) => bar.show('Scoring images', { done, total });
        return scoreImages(job, { environment, signal, onProgress });
      },
    },
  ).finally(() => bar.clear());
  if (result.checkpoint.labelsAssumed)
    context.log('The checkpoint names no classes: they are assumed from their number.');
  if (context.json) return context.emit({ checkpoint: result.checkpoint, images: result.images });
  for (const { image, predictions } of result.images) {
    context.print(image);
    for (const { class: name, probability } of predictions)
      context.print(`  ${(100 * probability).toFixed(2).padStart(6)} %  ${name}`);
  }
}
