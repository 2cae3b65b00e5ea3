import type { EvaluationReport } from '../../../../src-shared/contract/report.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { evaluate } from '../../../services/evaluations/evaluate.ts';
import type { EvaluatePhase } from '../../../services/evaluations/evaluate.ts';
import { homeFolder } from '../../../services/library/service.ts';
import type { Command, CommandContext } from '../command.ts';
import { ProgressBar } from '../progress-bar.ts';
import { versions } from '../versions.ts';
import { ALLOW_NAN, allowNanOption, engineEnvironment, positiveOption, threadsOption } from '../worker-options.ts';

export const command: Command = {
  name: 'evaluate',
  summary: 'score a checkpoint on every image of a split, with a report',
  usage: 'evaluate CHECKPOINT FOLDER [--split test] [--report DIR]',
  help: `
Scores a checkpoint on every image of a split, each exactly once, and says how sure the numbers are. The same
checkpoint and images give the same report, byte for byte.

  --split SPLIT    which images: test (default), train, train[90%:], all
  --report DIR     write report.html (self-contained), report.json and predictions.csv
  --skip-bad       leave out images that can't be read; the report then says INCOMPLETE
  --batch N        images scored at a time (default 64)
  --seed N         of the bootstrap intervals (default 0)
  --threads N      threads (default: all cores)
  --allow-nan      take weights that are NaN or infinite
  --json           {"scored", "files", "top1", "top5", "loss", …}

Example:
  vitrine evaluate runs/pets/model.npz photos/pets --split test --report reports/pets
`,
  options: {
    split: { type: 'string', default: 'test' },
    report: { type: 'string' },
    'skip-bad': { type: 'boolean' },
    batch: { type: 'string' },
    seed: { type: 'string' },
    threads: { type: 'string' },
    ...ALLOW_NAN,
  },
  run,
};

async function run(context: CommandContext): Promise<void> {
  const [checkpoint, folder, ...more] = context.positionals;
  if (checkpoint === undefined || folder === undefined || more.length > 0) {
    throw new AppError('usage', 'evaluate takes a checkpoint and a folder.', {
      hint: `Usage: vitrine ${command.usage}`,
    });
  }
  threadsOption(context);
  const batch = positiveOption('batch', context.options['batch'], 64);
  const split = context.options['split'] as string;
  const seed = context.options['seed'] === undefined ? 0 : positiveOrZero(context.options['seed']);
  const dir = context.options['report'] as string | undefined;
  const bar = new ProgressBar({ quiet: context.json });
  try {
    const { differs, report, files } = await evaluate({
      checkpoint,
      folder,
      split,
      seed,
      batch,
      skipBad: context.options['skip-bad'] === true,
      allowNan: allowNanOption(context),
      report: dir ?? null,
      home: homeFolder(),
      versions: await versions(),
      environment: () => {
        bar.clear();
        return engineEnvironment(context);
      },
      signal: context.signal,
      onProgress: (phase, done, total) => bar.show(LABELS[phase], { done, total }),
    });
    bar.clear();
    if (differs) context.log(`${checkpoint} does not give its fingerprint ("vitrine fingerprint" says more).`);
    tell(context, report, files);
  } finally {
    bar.clear();
  }
}

const LABELS: Record<EvaluatePhase, string> = {
  list: 'Reading images',
  check: 'Checking images',
  import: 'Reading images',
  wait: 'Waiting for memory',
  score: 'Scoring images',
};

function tell(
  context: CommandContext,
  report: EvaluationReport,
  files: { html: string; json: string; csv: string } | null,
): void {
  if (context.json) return context.emit(summary(report, files));
  const { scored, files: found, top1, top5, loss } = summary(report, files);
  if (files) context.print(`report: ${files.html}`);
  const more = [`loss ${loss?.toFixed(4) ?? '–'}`, ...(top5 === null ? [] : [`top-5 ${percent(top5)}`])];
  context.print(more.join('  '));
  if (!report.complete) context.print(`INCOMPLETE: ${found - scored} of ${found} images were left out.`);
  context.print(`scored ${scored} of ${found}, top-1 ${percent(top1)}`);
}

/** What `--json` gives: the figures with their intervals; the whole report stands in report.json. */
function summary(report: EvaluationReport, files: { html: string; json: string; csv: string } | null) {
  const { scored, files: found, complete, top1, top5, loss, macroF1, calibration } = report;
  return {
    scored,
    files: found,
    complete,
    top1: top1.value,
    top1Interval: top1.interval,
    top5: top5?.value ?? null,
    loss: loss.value,
    lossInterval: loss.interval,
    macroF1: macroF1.value,
    ece: calibration.ece,
    eceBins: '15 equal-width bins',
    report: files,
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function positiveOrZero(value: unknown): number {
  const seed = Number(value);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new AppError('usage', `--seed is "${String(value)}", but must be a whole number from 0 on.`);
  return seed;
}
