import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { ZeroShotInput, ZeroShotResult } from '../../../../src-shared/contract/worker.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { topClasses } from '../../../../src-shared/metrics/scores.ts';
import { TOKENIZER_FILES } from '../../../../src-shared/text/for-tower.ts';
import { DEFAULT_TEMPLATES, parseLabels, parseTemplates } from '../../../../src-shared/text/prompts.ts';
import { badImagesError, inspectImages } from '../../../services/datasets/check.ts';
import { homeFolder } from '../../../services/library/service.ts';
import { runWorker } from '../../../workers/run-worker.ts';
import type { Command, CommandContext } from '../command.ts';
import { ProgressBar } from '../progress-bar.ts';
import { ALLOW_NAN, allowNanOption, engineEnvironment, positiveOption, threadsOption } from '../worker-options.ts';

export const command: Command = {
  name: 'zero-shot',
  summary: 'classify images by labels in words, without training (LiT)',
  usage: 'zero-shot CHECKPOINT IMAGE… --labels a,b,c [--templates FILE] [--tokenizer FILE]',
  help: `
Classifies images with an image and text model (LiT, arXiv:2111.07991): a label's probability is that of its words
beside the other labels'. Every label is put into each template; the embeddings are averaged.

  --labels A,B,…    the labels, two or more
  --templates FILE  templates, one a line, "{}" for the label (default: "${DEFAULT_TEMPLATES[0]!}")
  --tokenizer FILE  the model's WordPiece vocabulary or SentencePiece model (default: beside the checkpoint, with the
                    ending ".txt" or ".model")
  --crop            keep the aspect ratio: shorter side to the model's size, then the middle (default: stretch)
  --top N           labels to show for each image (default 5)
  --batch N         images or prompts at a time (default 32)
  --text-heads N    attention heads of a BERT tower that is no multiple of 64 wide
  --threads N       threads (default: all cores)
  --allow-nan       take weights that are NaN or infinite
  --json            {"images": [{"image", "predictions": [{"label", "index", "probability", "similarity"}]}], …}

A prompt has room for 16 tokens, one of them the model's own; longer ones are cut, and you are told.

Example:
  vitrine zero-shot LiT-B16B_2.npz photo.jpg --labels "dog,cat,red bicycle"
`,
  options: {
    labels: { type: 'string' },
    templates: { type: 'string' },
    tokenizer: { type: 'string' },
    crop: { type: 'boolean' },
    top: { type: 'string' },
    batch: { type: 'string' },
    'text-heads': { type: 'string' },
    threads: { type: 'string' },
    ...ALLOW_NAN,
  },
  run,
};

async function run(context: CommandContext): Promise<void> {
  const [checkpoint, ...images] = context.positionals;
  const { options } = context;
  if (checkpoint === undefined || images.length === 0 || options['labels'] === undefined) {
    throw new AppError('usage', 'zero-shot takes a checkpoint, one image or more, and --labels.', {
      hint: `Usage: vitrine ${command.usage}`,
    });
  }
  threadsOption(context);
  const top = positiveOption('top', options['top'], 5);
  const input: ZeroShotInput = {
    checkpoint: resolve(checkpoint),
    allowNan: allowNanOption(context),
    tokenizer: '',
    images: images.map((image) => resolve(image)),
    labels: parseLabels(options['labels'] as string),
    templates: await templatesOption(options['templates'] as string | undefined),
    crop: options['crop'] === true,
    batch: positiveOption('batch', options['batch'], 32),
    textHeads: options['text-heads'] === undefined ? null : positiveOption('text-heads', options['text-heads'], 1),
  };
  if (!existsSync(checkpoint)) {
    throw new AppError('not_found', `There is no checkpoint ${checkpoint}.`, {
      hint: 'Check the path; a LiT checkpoint is an .npz file.',
    });
  }
  input.tokenizer = findTokenizer(options['tokenizer'] as string | undefined, checkpoint);
  const items = images.map((image) => ({ path: resolve(image), label: null, name: image }));
  const { bad } = await inspectImages(items, { home: homeFolder(), signal: context.signal });
  if (bad.length > 0) throw badImagesError('the arguments', bad, images.length);
  show(context, await compute(context, input), { checkpoint, images, input, top });
}

async function compute(context: CommandContext, input: ZeroShotInput): Promise<ZeroShotResult> {
  const bar = new ProgressBar({ quiet: context.json });
  try {
    return await runWorker('zeroShot', input, {
      environment: await engineEnvironment(context),
      signal: context.signal,
      onEvent: ({ done, total }) => bar.show('Embedding prompts and images', { done, total }),
    });
  } finally {
    bar.clear();
  }
}

async function templatesOption(file: string | undefined): Promise<string[]> {
  if (file === undefined) return [...DEFAULT_TEMPLATES];
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('not_found', `The templates ${file} can't be read.`, { cause });
  });
  return parseTemplates(text, file);
}

/** The file named, or the one beside the checkpoint that bears its name, as they are published. */
function findTokenizer(named: string | undefined, checkpoint: string): string {
  if (named !== undefined) {
    if (existsSync(named)) return resolve(named);
    throw new AppError('not_found', `There is no tokenizer ${named}.`, { hint: 'Check the path.' });
  }
  const stem = checkpoint.replace(/\.npz$/i, '');
  const candidates = Object.values(TOKENIZER_FILES).map(({ ending }) => stem + ending);
  const found = candidates.filter((path) => existsSync(path));
  if (found.length === 1) return resolve(found[0]!);
  const [message, hint] =
    found.length === 0
      ? [
          `There is no tokenizer beside ${checkpoint}.`,
          `Looked for ${candidates.join(' and ')}. Name it: --tokenizer FILE.`,
        ]
      : [`There are two tokenizers beside ${checkpoint}.`, 'Name the one that belongs to it: --tokenizer FILE.'];
  throw new AppError('not_found', message, { hint });
}

function show(
  context: CommandContext,
  result: ZeroShotResult,
  { checkpoint, images, input, top }: { checkpoint: string; images: string[]; input: ZeroShotInput; top: number },
): void {
  const { probabilities, similarities, cut, maxLen, temperature, engine, checkpoint: model } = result;
  const results = images.map((image, i) => ({
    image,
    predictions: topClasses(Float64Array.from(probabilities[i]!), Math.min(top, input.labels.length)).map((index) => ({
      label: input.labels[index]!,
      index,
      probability: probabilities[i]![index]!,
      similarity: similarities[i]![index]!,
    })),
  }));
  for (const note of model.notes) context.log(note);
  for (const { text, tokens, cut: left } of cut.slice(0, 5)) {
    context.log(
      `Too long for the model: ${JSON.stringify(text)} has ${tokens} tokens; the last ${left} were left out.`,
    );
  }
  if (cut.length > 5) context.log(`${cut.length - 5} more prompts were cut to ${maxLen} tokens.`);
  if (context.json) {
    return context.emit({
      checkpoint: { name: basename(checkpoint), sha256: model.sha256, variant: model.variant },
      images: results,
      templates: input.templates,
      temperature,
      maxLen,
      cut,
      notes: model.notes,
      engine: { kind: engine.kind, version: engine.version },
    });
  }
  for (const { image, predictions } of results) {
    context.print(image);
    for (const { label, probability } of predictions)
      context.print(`  ${(100 * probability).toFixed(2).padStart(6)} %  ${label}`);
  }
}
