import { CONFIG_FLAG, splitConfigFlags } from '../../../../src-shared/config/flags.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import type { Command, CommandContext } from '../command.ts';
import { openClient } from '../open-client.ts';
import { followTraining } from '../follow-training.ts';
import { ALLOW_NAN, allowNanOption, threadsOption } from '../worker-options.ts';

export const command: Command = {
  name: 'train',
  summary: 'fine-tune a checkpoint on a folder of images',
  usage:
    'train --workdir=DIR [--config=NAME] [--checkpoint FILE [--continue]] [--config.dataset=FOLDER] [--config.FIELD=VALUE …]',
  help: `
Fine-tunes a Vision Transformer as vit_jax does, with its configuration fields. The same command on the same workdir
resumes where it stopped, with the numbers an uninterrupted run gives.

  --workdir DIR             where the run lives: checkpoints, metrics.jsonl, TensorBoard events, and model.npz at the end
  --checkpoint FILE         start from this checkpoint: .npz, .safetensors, a workdir of vit_jax
  --continue                go on with the run of vit_jax that --checkpoint is of: weights, momentum and step, from
                            its workdir or one checkpoint_N in it. Give the configuration it was begun with; the
                            learning rate goes on at its step. Order of images and dropout are Vitrine's own from there
  --config NAME             a preset: augreg:Ti_16, augreg:FILENAME, vit:b16,cifar10 (or vit_jax's own path spelling)
  --config.FIELD=VALUE      any field; "vitrine config NAME" lists them. config.dataset is a folder, or a data set of the
                            library by its name; a preset with a data set of its own, as vit:b16,cifar10, needs none
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
  const threads = threadsOption(context);
  const { config: preset, overrides } = splitConfigFlags(context.flags);
  const library = await openClient(context);
  const { client } = library;
  try {
    return await followTraining(context, client, {
      start: {
        overrides,
        workdir,
        skipBad: context.options['skip-bad'] === true,
        continueRun,
        allowNan: allowNanOption(context),
        cwd: process.cwd(),
        ...(preset === undefined ? {} : { preset }),
        ...(checkpoint === undefined ? {} : { checkpoint }),
        ...(threads === undefined ? {} : { threads }),
      },
    });
  } finally {
    await library.close();
  }
}
