import { basename, resolve } from 'node:path';
import type { EvaluationRecord, Predictions } from '../../../../src-shared/contract/evaluation.ts';
import type { DecodableItem } from '../../../../src-shared/data/dataset.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import type { VitArchitecture } from '../../../../src-shared/models/architecture.ts';
import { prepareDataset, type PreparedDataset } from '../../../services/datasets/prepare.ts';
import { homeFolder } from '../../../services/engine/home.ts';
import { buildReport } from '../../../services/reports/build-report.ts';
import { writeReport } from '../../../services/reports/write-report.ts';
import type { Command, CommandContext } from '../command.ts';
import { inspectUsable } from '../inspect-usable.ts';
import { ProgressBar } from '../progress-bar.ts';
import { scoreImages, type Scored } from '../score-images.ts';
import { versions } from '../versions.ts';
import { positiveOption } from '../worker-options.ts';

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
  const split = context.options['split'] as string;
  const seed = context.options['seed'] === undefined ? 0 : positiveOrZero(context.options['seed']);
  const inspection = await inspectUsable(checkpoint, context.signal);
  const exif = inspection.preprocessing?.exif ?? 'ignore';
  const bar = new ProgressBar({ quiet: context.json });
  const data = await prepareDataset(folder, {
    home: homeFolder(),
    splits: [split],
    exif,
    skipBad: context.options['skip-bad'] === true,
    hashContents: true,
    signal: context.signal,
    onProgress: (phase, done, total) =>
      bar.show(phase === 'check' ? 'Checking images' : 'Reading images', { done, total }),
  });
  bar.clear();
  const items = data.selections[split]!;
  const classNames = classesOf(checkpoint, inspection.labels, inspection.architecture!, data);
  const labels = labelsIn(items, { from: data.dataset.classNames, to: classNames, checkpoint });

  const scored = await scoreImages(context, {
    checkpoint: resolve(checkpoint),
    images: { paths: items.map((item) => item.decodePath), labels: [...labels] },
    batch: positiveOption('batch', context.options['batch'], 64),
  });
  const record = await recordOf(context, { checkpoint, split, seed, data, classNames, scored, exif });
  const predictions: Predictions = { names: items.map((item) => item.name), labels, logits: scored.logits };
  const dir = context.options['report'] as string | undefined;
  const written = dir === undefined ? null : await writeReport(resolve(dir), { record, predictions });
  const report = written?.report ?? buildReport(record, predictions).report;
  tell(context, report, written ? { html: written.html, json: written.json, csv: written.csv } : null);
}

/** Names of the logits: the checkpoint's, or the folder's where the checkpoint has none but as many outputs. */
function classesOf(
  checkpoint: string,
  labels: readonly string[] | null,
  { numClasses }: VitArchitecture,
  { dataset, notes }: PreparedDataset,
): string[] {
  if (labels) return [...labels];
  if (numClasses === dataset.classNames.length) {
    notes.push("The checkpoint names no classes: its outputs are taken in the order of the folder's classes.");
    return dataset.classNames;
  }
  throw new AppError(
    'bad_dataset',
    `${checkpoint} has ${numClasses} outputs without names, and ${dataset.root} has ${dataset.classNames.length} classes.`,
    {
      hint: 'Fine-tune the checkpoint on these classes first: vitrine train --checkpoint …',
    },
  );
}

/** The folder's labels as indices of the checkpoint's classes. */
function labelsIn(
  items: readonly DecodableItem[],
  { from, to, checkpoint }: { from: readonly string[]; to: readonly string[]; checkpoint: string },
): Int32Array {
  const index = new Map(to.map((name, i) => [name, i]));
  return Int32Array.from(items, (item) => {
    if (item.label === null)
      throw new AppError('bad_dataset', `${item.name} has no label, so it can't be scored.`, {
        hint: 'Use "vitrine predict" for images without labels.',
      });
    const name = from[item.label]!;
    const label = index.get(name);
    if (label !== undefined) return label;
    const known = to.length > 10 ? `${to.slice(0, 10).join(', ')} and ${to.length - 10} more` : to.join(', ');
    throw new AppError(
      'bad_dataset',
      `The class "${name}" (${item.name}) isn't one that ${checkpoint} was trained on.`,
      { hint: `It knows: ${known}.` },
    );
  });
}

interface RecordParts {
  checkpoint: string;
  split: string;
  seed: number;
  data: PreparedDataset;
  classNames: readonly string[];
  scored: Scored;
  exif: 'ignore' | 'exif';
}

async function recordOf(context: CommandContext, parts: RecordParts): Promise<EvaluationRecord> {
  const { checkpoint, split, seed, data, classNames, scored, exif } = parts;
  const { architecture, params, sha256, preprocessing } = scored.checkpoint;
  const [height, width] = preprocessing.resolution;
  const { dataset, bad } = data;
  return {
    checkpoint: {
      path: checkpoint,
      name: basename(checkpoint),
      sha256,
      architecture: describeArchitecture(architecture),
      params,
    },
    dataset: {
      root: dataset.root,
      name: basename(dataset.root),
      split,
      layout: dataset.layout,
      manifestHash: dataset.manifestHash,
      contentsHashed: dataset.contentsHashed,
      files: scored.scored + bad.length,
      bad,
      classNames,
    },
    engine: scored.engine,
    preprocessing: {
      height,
      width,
      resize: `bilinear to ${height} × ${width} px, half-pixel centres, no antialiasing, aspect ratio not kept`,
      crop: null,
      normalization: '(x − 127.5) / 127.5 a channel',
      exif: exif === 'exif' ? 'apply' : 'ignore',
      exifRotated: data.rotated,
    },
    seed,
    versions: await versions(),
    command: `vitrine evaluate ${quoted(checkpoint)} ${quoted(dataset.root)} --split ${quoted(split)}${seed === 0 ? '' : ` --seed ${seed}`}${context.options['skip-bad'] ? ' --skip-bad' : ''}`,
    notes: [...data.notes, ...scored.checkpoint.notes],
  };
}

function describeArchitecture({
  width,
  depth,
  numHeads,
  mlpDim,
  patchSize,
  imageSize,
  classifier,
}: VitArchitecture): string {
  return `ViT, patch ${patchSize.join(' × ')} px, image ${imageSize.join(' × ')} px, width ${width}, depth ${depth}, ${numHeads} heads, MLP ${mlpDim}, classifier ${classifier}`;
}

type Report = ReturnType<typeof buildReport>['report'];

function tell(
  context: CommandContext,
  report: Report,
  files: { html: string; json: string; csv: string } | null,
): void {
  if (context.json) return context.emit(summary(report, files));
  const { scored, files: found, top1, top5, loss } = summary(report, files);
  if (files) context.print(`report: ${files.html}`);
  const more = [`loss ${loss?.toFixed(4) ?? '–'}`, ...(top5 === null ? [] : [`top-5 ${percent(top5)}`])];
  context.print(more.join('  '));
  context.print(`scored ${scored} of ${found}, top-1 ${percent(top1)}`);
}

/** What `--json` gives: the figures with their intervals; the whole report stands in report.json. */
function summary(report: Report, files: { html: string; json: string; csv: string } | null) {
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

function quoted(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function positiveOrZero(value: unknown): number {
  const seed = Number(value);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new AppError('usage', `--seed is "${String(value)}", but must be a whole number from 0 on.`);
  return seed;
}
