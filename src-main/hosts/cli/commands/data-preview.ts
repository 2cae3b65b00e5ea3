import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { splitConfigFlags } from '../../../../src-shared/config/flags.ts';
import { resolveConfig } from '../../../../src-shared/config/resolve.ts';
import type { PreviewResult } from '../../../../src-shared/contract/preview.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { trainingNeeds } from '../../../app/training.ts';
import { homeFolder } from '../../../services/library/service.ts';
import { runWorker } from '../../../workers/run-worker.ts';
import type { CommandContext } from '../command.ts';
import { ProgressBar } from '../progress-bar.ts';
import { engineEnvironment, positiveOption, threadsOption } from '../worker-options.ts';

const COUNT = 8;
const DRAWS = 6;
/** Bounds of a sheet, which is made in memory. */
const MOST = { count: 64, draws: 32, cells: 512 } as const;

/** `vitrine data preview`: writes a sheet of training images as a run's model will see them. */
export async function previewData(source: string, context: CommandContext): Promise<number> {
  const { output, checkpoint, count, draws, epoch } = context.options;
  const asked = {
    count: positiveOption('count', count, COUNT),
    draws: positiveOption('draws', draws, DRAWS),
    epoch: positiveOption('epoch', epoch, 1),
  };
  threadsOption(context);
  refuseTooMuch(asked);
  const path = outputPath(output as string | undefined);
  if (typeof checkpoint === 'string' && !existsSync(checkpoint))
    throw new AppError('not_found', `There is no checkpoint ${checkpoint}.`, { hint: 'Check the path.' });
  const { config: preset, overrides } = splitConfigFlags(context.flags);
  const { config, notes } = resolveConfig({ config: preset, overrides, hasCheckpoint: true });
  const bar = new ProgressBar({ quiet: context.json });
  const images = await trainingNeeds(homeFolder())
    .prepare(source, {
      splits: [config.pp.train],
      exif: config.vitrine.exif,
      skipBad: true,
      signal: context.signal,
      onProgress: (phase, done, total) => bar.show(PHASES[phase], { done, total }),
    })
    .finally(() => bar.clear());
  const train = images.selections[config.pp.train]!;
  const result = await runWorker(
    'preview',
    {
      ...asked,
      count: Math.min(asked.count, train.paths.length),
      checkpoint: typeof checkpoint === 'string' ? resolve(checkpoint) : null,
      config,
      classNames: images.classNames,
      train,
      output: path,
    },
    { environment: await engineEnvironment(context), signal: context.signal },
  );
  const told = { ...result, notes: [...notes, ...images.notes, ...result.notes] };
  tell(context, told, { path, of: train.paths.length });
  return 0;
}

const PHASES = { list: 'reading', check: 'checking', import: 'converting' } as const;

function refuseTooMuch({ count, draws, epoch }: { count: number; draws: number; epoch: number }): void {
  const { cells } = MOST;
  if (count <= MOST.count && draws <= MOST.draws && count * draws <= cells && epoch <= 1_000_000) return;
  throw new AppError('usage', `A sheet has up to ${MOST.count} images and ${MOST.draws} draws, ${cells} in all.`, {
    hint: 'Lower --count or --draws; --epoch shows later ones (up to 1,000,000).',
  });
}

function outputPath(output = 'preview.png'): string {
  const path = resolve(output);
  if (!/\.png$/i.test(path))
    throw new AppError('usage', `The sheet is a PNG, and ${output} is not named as one.`, {
      hint: 'For example --output=preview.png.',
    });
  if (!existsSync(dirname(path)))
    throw new AppError('not_found', `There is no folder ${dirname(path)} to write the sheet into.`, {
      hint: 'Make it first, or choose another --output.',
    });
  return path;
}

function tell(context: CommandContext, result: PreviewResult, { path, of }: { path: string; of: number }): void {
  const { width, height, resolution, images, notes, engine } = result;
  if (context.json) {
    context.emit({ output: path, ...result, engine: { kind: engine.kind, version: engine.version } });
    return;
  }
  for (const note of notes) context.log(`Note: ${note}`);
  const { draws } = images[0]!;
  const epochs = draws.length > 1 ? `epochs ${draws[0]!.epoch} to ${draws.at(-1)!.epoch}` : `epoch ${draws[0]!.epoch}`;
  context.print(
    `${path}: ${width} x ${height} px; ${images.length} of ${of} images of ${resolution.join(' x ')} px in ${epochs}.`,
  );
}
