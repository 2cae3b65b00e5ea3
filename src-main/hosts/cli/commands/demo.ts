import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DIGITS } from '../../../../src-shared/config/recipes/methods.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { unpackImages } from '../../../services/datasets/unzip.ts';
import { resolveEngine } from '../../../services/engine/engines.ts';
import { homeFolder } from '../../../services/library/service.ts';
import { isSupported } from '../../../services/engine/sources.ts';
import type { Command, CommandContext } from '../command.ts';
import { countImages, readMark, recipeHash, writeMark } from '../demo-files.ts';
import { threadsOption } from '../worker-options.ts';
import { command as engine } from './engine.ts';
import { command as evaluate } from './evaluate.ts';
import { command as train } from './train.ts';
import { RESOURCES } from '../../../places.ts';

const ARCHIVE = join(RESOURCES, 'demo/digits.zip');
const CHECKPOINT = join(RESOURCES, 'demo/digits-vit.npz');
const IMAGES = 1797;

export const command: Command = {
  name: 'demo',
  summary: 'fine-tune and evaluate on 1,797 handwritten digits, from nothing',
  usage: 'demo [--seed N] [--threads N]',
  help: `
Sets up TensorFlow if it is missing (0.3 GB are fetched once), fine-tunes a small Vision Transformer on 1,437 images of
handwritten digits, and evaluates it on 360 others with a report. The checkpoint it starts from was pre-trained by
Vitrine on other digits. Where TensorFlow can't be had, it runs on WebAssembly.

Everything it makes is below the folder "demo" in ${homeFolder()}:
digits, run (the fine-tuning, with model.npz) and report. Interrupted, it goes on where it stopped; finished, it begins
anew.

  --seed N     of the fine-tuning (default 0)
  --threads N  threads (default: all cores)
  --json       one JSON event a line; the last has the scores
`,
  options: { seed: { type: 'string', default: '0' }, threads: { type: 'string' } },
  async run(context) {
    if (context.positionals.length > 0) throw usage(`demo takes no argument "${context.positionals[0]}".`);
    const seed = Number(context.options['seed']);
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) throw usage('--seed must be a whole number from 0 on.');
    threadsOption(context);
    const folder = join(homeFolder(), 'demo');
    try {
      return await demo(context, folder, seed);
    } finally {
      if (context.signal.aborted) context.log('Run the demo again to go on.');
    }
  },
};

async function demo(context: CommandContext, folder: string, seed: number): Promise<number> {
  await ensureEngine(context);
  const digits = await ensureDigits(context, join(folder, 'digits'));
  const { threads } = context.options;
  const flags = Object.entries({ ...DIGITS.fields, seed, dataset: digits }).map(
    ([name, value]) => `--config.${name}=${value}`,
  );

  const run = join(folder, 'run');
  const recipe = await recipeHash([CHECKPOINT, ARCHIVE], flags);
  const mark = await readMark(run);
  if (mark?.recipe !== recipe || mark.finished) await rm(run, { recursive: true, force: true });
  await mkdir(run, { recursive: true });
  await writeMark(run, { recipe, finished: false });
  context.log(`Fine-tuning ${CHECKPOINT} in ${run}.`);
  const code = await train.run({
    ...context,
    positionals: [],
    options: { workdir: run, checkpoint: CHECKPOINT, threads },
    flags,
  });
  if (code) return code;

  await evaluate.run({
    ...context,
    positionals: [join(run, 'model.npz'), digits],
    options: { split: 'test', report: join(folder, 'report'), threads },
    flags: [],
  });
  await writeMark(run, { recipe, finished: true });
  return 0;
}

/** TensorFlow where it can be had; otherwise says why not and leaves the demo to WASM. */
async function ensureEngine(context: CommandContext): Promise<void> {
  const forced = process.env.VITRINE_ENGINE;
  if (forced === 'wasm') return;
  const { kind } = await resolveEngine({ ...process.env, VITRINE_ENGINE: '' });
  if (kind === 'tensorflow') return;
  const install = {
    ...context,
    positionals: ['install'],
    options: { cpu: true },
    json: false,
    print: (text: string) => context.log(text),
  };
  try {
    if (!isSupported('cpu'))
      throw new AppError('engine', `TensorFlow has no wheel for ${process.platform}-${process.arch}.`);
    await engine.run(install);
  } catch (error) {
    const goesOn = error instanceof AppError && error.code !== 'interrupted' && error.code !== 'conflict';
    if (!goesOn || forced === 'tensorflow') throw error;
    context.log(`TensorFlow can't be set up: ${error.message}${error.hint ? ` ${error.hint}` : ''}`);
    context.log('The demo goes on without it.');
  }
}

/** The folder with all 1,797 images; unpacked where it is missing or some are. */
async function ensureDigits(context: CommandContext, folder: string): Promise<string> {
  if ((await countImages(folder)) === IMAGES) return folder;
  await rm(folder, { recursive: true, force: true });
  await unpackImages(ARCHIVE, folder, { signal: context.signal });
  context.log(`Unpacked ${IMAGES} digits into ${folder}.`);
  return folder;
}

function usage(message: string): AppError {
  return new AppError('usage', message, { hint: `Usage: vitrine ${command.usage}` });
}
