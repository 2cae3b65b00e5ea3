import type { Inspection } from '../../../../src-shared/checkpoints/inspection.ts';
import type { InspectInput } from '../../../../src-shared/contract/worker.ts';
import type { Classifier } from '../../../../src-shared/models/architecture.ts';
import { AppError, ERROR_CODES } from '../../../../src-shared/errors.ts';
import { homeFolder } from '../../../services/library/service.ts';
import { readKept } from '../../../services/fingerprints/service.ts';
import { runWorker } from '../../../workers/run-worker.ts';
import type { Command, CommandContext } from '../command.ts';
import { renderInspection } from '../render-inspection.ts';
import { positiveOption } from '../worker-options.ts';

const USAGE = 'inspect FILE [--all] [--image-size HxW] [--classifier NAME] [--json]';
const CLASSIFIERS = ['token', 'token_unpooled', 'gap', 'unpooled'] as const satisfies readonly Classifier[];

export const command: Command = {
  name: 'inspect',
  summary: 'show what a checkpoint is: architecture, tensors, labels',
  usage: USAGE,
  help: `
Shows what a checkpoint is (.npz, .safetensors, a workdir of vit_jax, or a folder with one): the architecture read from
its weights, number of parameters, labels and preprocessing where they stand beside it, its tensors, and of a training
run its step and whether it can go on. Every byte is read and checked.

Options:
  --all              list every encoder block, not one for all that are alike
  --image-size HxW   image height and width (px) the checkpoint was made for, e.g. 48x80;
                     needed only where the grid of patches is not square
  --classifier NAME  ${CLASSIFIERS.join(', ')}: weights can't tell token from token_unpooled
                     or gap from unpooled
  --text-heads N     attention heads of a LiT model's BERT tower, where it is no multiple of 64 wide
  --json             one JSON document; "error" in it is null where the checkpoint can be used

Examples:
  vitrine inspect B_16.npz
  vitrine inspect runs/mine/model.npz --json
  vitrine inspect vit_jax_workdir
`,
  options: {
    all: { type: 'boolean' },
    'image-size': { type: 'string' },
    classifier: { type: 'string' },
    'text-heads': { type: 'string' },
  },
  async run(context) {
    const input = readInput(context);
    const inspection = await withKept(await runWorker('inspect', input, { signal: context.signal }));
    if (context.json) context.emit(inspection);
    else context.print(renderInspection(inspection, { all: context.options.all === true }));
    const { error } = inspection;
    if (!error) return 0;
    context.log(`vitrine: ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`);
    return ERROR_CODES[error.code].exitCode;
  },
};

/** With the fingerprint that Vitrine's home has for a file without one beside it. */
async function withKept(inspection: Inspection): Promise<Inspection> {
  if (inspection.fingerprint) return inspection;
  const kept = await readKept(homeFolder(), inspection.sha256);
  return kept ? { ...inspection, fingerprint: kept } : inspection;
}

function readInput(context: CommandContext): InspectInput {
  const [path, ...more] = context.positionals;
  if (path === undefined || more.length > 0) {
    throw new AppError('usage', 'inspect: give one checkpoint file.', { hint: `Usage: vitrine ${USAGE}` });
  }
  const hints: InspectInput['hints'] = {};
  const imageSize = context.options['image-size'];
  if (typeof imageSize === 'string') {
    const match = /^([1-9]\d{0,5})x([1-9]\d{0,5})$/.exec(imageSize);
    if (!match) {
      throw new AppError(
        'usage',
        `inspect: --image-size takes height x width in px, such as 48x80, not "${imageSize}".`,
      );
    }
    hints.imageSize = [Number(match[1]), Number(match[2])];
  }
  const textHeads = context.options['text-heads'];
  if (textHeads !== undefined) hints.textHeads = positiveOption('text-heads', textHeads, 1);
  const classifier = context.options.classifier;
  if (classifier !== undefined) {
    const known = CLASSIFIERS.find((name) => name === classifier);
    if (!known) throw new AppError('usage', `inspect: --classifier is one of ${CLASSIFIERS.join(', ')}.`);
    hints.classifier = known;
  }
  return { path, hints };
}
