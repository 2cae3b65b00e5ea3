import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CONFIG_FLAG, splitConfigFlags } from '../../../../src-shared/config/flags.ts';
import { resolveConfig } from '../../../../src-shared/config/resolve.ts';
import type { ImageList, TrainEvent, TrainInput, TrainResult } from '../../../../src-shared/contract/worker.ts';
import type { DecodableItem } from '../../../../src-shared/data/dataset.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { prepareDataset, type PreparedDataset } from '../../../services/datasets/prepare.ts';
import { homeFolder } from '../../../services/library/service.ts';
import { runWorker } from '../../../workers/run-worker.ts';
import type { Command, CommandContext } from '../command.ts';
import { findCheckpoint } from '../find-checkpoint.ts';
import { formatDuration, ProgressBar } from '../progress-bar.ts';
import { versions } from '../versions.ts';
import { ALLOW_NAN, allowNanOption, engineEnvironment, threadsOption } from '../worker-options.ts';

export const command: Command = {
  name: 'train',
  summary: 'fine-tune a checkpoint on a folder of images',
  usage:
    'train --workdir=DIR [--config=NAME] [--checkpoint FILE [--continue]] --config.dataset=FOLDER [--config.FIELD=VALUE …]',
  help: `
Fine-tunes a Vision Transformer as vit_jax does, with its configuration fields. The same command on the same workdir
resumes where it stopped, with the numbers an uninterrupted run gives.

  --workdir DIR             where the run lives: checkpoints, metrics.jsonl, TensorBoard events, and model.npz at the end
  --checkpoint FILE         start from this checkpoint: .npz, .safetensors, a workdir of vit_jax
  --continue                go on with the run of vit_jax that --checkpoint is of: weights, momentum and step, from
                            its workdir or one checkpoint_N in it. Give the configuration it was begun with; the
                            learning rate goes on at its step. Order of images and dropout are Vitrine's own from there
  --config NAME             a preset: augreg:Ti_16, augreg:FILENAME, vit:b16,cifar10 (or vit_jax's own path spelling)
  --config.FIELD=VALUE      any field; "vitrine config NAME" lists them
  --skip-bad                leave out images that can't be read instead of stopping
  --threads N               threads; the same number gives the same bits (default: all cores, or as the run began)
  --allow-nan               start from weights that are NaN or infinite
  --json                    one JSON event a line on standard output

Examples:
  vitrine train --workdir=runs/pets --config=augreg:Ti_16 --config.pretrained_dir=checkpoints \\
    --config.dataset=photos/pets --config.batch=64 --config.base_lr=0.01
  vitrine train --workdir=runs/mine --checkpoint=model.npz --config.dataset=photos --config.total_steps=200
  vitrine train --workdir=runs/on --checkpoint=vit_jax_workdir --continue --config=vit:b16,cifar10 \\
    --config.dataset=photos/cifar10
`,
  options: {
    workdir: { type: 'string' },
    checkpoint: { type: 'string' },
    continue: { type: 'boolean' },
    'skip-bad': { type: 'boolean' },
    threads: { type: 'string' },
    ...ALLOW_NAN,
  },
  passThrough: CONFIG_FLAG,
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { workdir, checkpoint } = context.options as { workdir?: string; checkpoint?: string };
  if (context.positionals.length > 0)
    throw new AppError('usage', `train takes no argument "${context.positionals[0]}".`, {
      hint: `Usage: vitrine ${command.usage}`,
    });
  const continueRun = context.options.continue === true;
  if (continueRun && checkpoint === undefined)
    throw new AppError('usage', 'train: --continue needs --checkpoint.', {
      hint: "Name vit_jax's workdir, or a checkpoint_N in it: --checkpoint=DIR --continue.",
    });
  if (!workdir) throw new AppError('usage', 'train needs --workdir.', { hint: 'For example --workdir=runs/mine.' });
  threadsOption(context);
  const flags = splitConfigFlags(context.flags);
  const { config, notes } = resolveConfig({ ...flags, hasCheckpoint: checkpoint !== undefined });
  if (config.dataset === '')
    throw new AppError('config', 'config.dataset is empty.', {
      hint: 'Give the folder of images: --config.dataset=FOLDER.',
    });
  const from = findCheckpoint(checkpoint, config);

  const view = new TrainView(context);
  notes.forEach((note) => view.note(note));
  const data = await prepareDataset(config.dataset, {
    home: homeFolder(),
    splits: [config.pp.train, config.pp.test],
    exif: config.vitrine.exif,
    skipBad: context.options['skip-bad'] === true,
    training: true,
    // Where the folder has no splits, always the same one is made: the run's seed must not move images between
    // training and the test that "vitrine evaluate" scores later.
    signal: context.signal,
    onProgress: (phase, done, total) => view.preparing(phase, done, total),
  });
  view.dataset(data, [config.pp.train, config.pp.test]);

  const input: TrainInput = {
    workdir: resolve(workdir),
    config,
    checkpoint: from,
    continueRun,
    allowNan: allowNanOption(context),
    classNames: data.dataset.classNames,
    train: imageList(data.selections[config.pp.train]!),
    test: imageList(data.selections[config.pp.test]!),
    manifestHash: data.dataset.manifestHash,
    versions: await versions(),
  };
  const environment = await engineEnvironment(context, await threadsOfRun(workdir));
  context.signal.addEventListener('abort', () => view.stopping(), { once: true });
  const result = await runWorker('train', input, {
    environment,
    signal: context.signal,
    onEvent: (event) => view.event(event),
  });
  view.finish(result, workdir);
  return result.state === 'interrupted' ? 130 : 0;
}

/** Threads a workdir's run began with: the same give the same bits. Undefined in a new one. */
async function threadsOfRun(workdir: string): Promise<number | undefined> {
  if (process.env.VITRINE_THREADS) return undefined;
  try {
    const run = JSON.parse(await readFile(join(workdir, 'run.json'), 'utf8')) as {
      engine?: { threads?: { intra?: unknown } };
    };
    const threads = run.engine?.threads?.intra;
    return Number.isInteger(threads) ? (threads as number) : undefined;
  } catch {
    return undefined; // new, or damaged: the worker says so
  }
}

function imageList(items: readonly DecodableItem[]): ImageList {
  return { paths: items.map((item) => item.decodePath), labels: items.map((item) => item.label ?? -1) };
}

/** What a person sees of a run, and what a program gets. */
class TrainView {
  readonly #context: CommandContext;
  readonly #bar: ProgressBar;
  #phase = '';

  constructor(context: CommandContext) {
    this.#context = context;
    this.#bar = new ProgressBar({ quiet: context.json });
  }

  note(text: string): void {
    if (this.#context.json) this.#context.emit({ type: 'note', text });
    else this.#bar.say(text);
  }

  preparing(phase: 'list' | 'check' | 'import', done: number, total: number): void {
    const label = { list: 'Reading the folder', check: 'Checking images', import: 'Converting images' }[phase];
    this.#bar.show(label, { done, total });
  }

  dataset({ dataset, selections, notes }: PreparedDataset, [train, test]: [string, string]): void {
    notes.forEach((note) => this.note(note));
    const counts = { train: selections[train]!.length, test: selections[test]!.length };
    if (this.#context.json)
      this.#context.emit({ type: 'dataset', root: dataset.root, classes: dataset.classNames.length, ...counts });
    else
      this.#bar.say(
        `${dataset.root}: ${dataset.classNames.length} classes, ${counts.train} images to train on, ${counts.test} to test on.`,
      );
  }

  event(event: TrainEvent): void {
    if (this.#context.json) return this.#context.emit(event);
    switch (event.type) {
      case 'note':
        return this.#bar.say(event.text);
      case 'phase':
        return this.#enter(event.phase);
      case 'step': {
        const { step, totalSteps, loss, imagesPerSecond, etaSeconds } = event;
        // Nothing is known of the pace before the second step: the first one compiles.
        const pace =
          imagesPerSecond > 0 ? [`${imagesPerSecond.toFixed(1)} img/s`, `${formatDuration(etaSeconds)} left`] : [];
        return this.#bar.show('step', { done: step, total: totalSteps, facts: [`loss ${loss.toFixed(4)}`, ...pace] });
      }
      case 'metrics':
        if (event.values['accuracy_test'] !== undefined) {
          this.#bar.say(
            `step ${event.step}: accuracy_test ${event.values['accuracy_test'].toFixed(5)}  loss_test ${event.values['loss_test']!.toFixed(4)}`,
          );
        }
        return;
      case 'checkpoint':
        return;
    }
  }

  stopping(): void {
    this.note('Stopping after this step, then saving. Ctrl-C again ends at once and keeps the last checkpoint only.');
  }

  finish(result: TrainResult, workdir: string): void {
    this.#bar.clear();
    if (this.#context.json) return this.#context.emit({ type: 'result', ...result });
    if (result.state === 'interrupted') {
      this.#context.log(
        result.step === 0
          ? 'Stopped before the first step. The same command begins again.'
          : `Stopped after step ${result.step} of ${result.totalSteps}; saved. The same command resumes there.`,
      );
    } else if (result.stepsRun === 0) {
      this.#context.print(`Already done: ${result.totalSteps} steps. ${result.model}`);
    } else {
      this.#context.print(`Done: ${result.totalSteps} steps. Model: ${result.model} (run: ${workdir})`);
    }
  }

  /** Compiling takes a while and shows nothing by itself. */
  #enter(phase: string): void {
    if (phase === 'compiling' && this.#phase !== phase) this.#bar.say('Compiling the training step (once a run) …');
    this.#phase = phase;
  }
}
