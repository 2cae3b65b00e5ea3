import { CONFIG_FLAG } from '../../../../src-shared/config/flags.ts';
import { countItems, type ImageDataset, type LayoutKind } from '../../../../src-shared/data/dataset.ts';
import { plural, some } from '../../../../src-shared/data/file-names.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { inspectImages, type CheckReport } from '../../../services/datasets/check.ts';
import { noteOnExif } from '../../../services/datasets/prepare.ts';
import { openDataset } from '../../../services/datasets/scan.ts';
import { homeFolder } from '../../../services/library/service.ts';
import type { Command, CommandContext } from '../command.ts';
import { addData, listData } from './data-add.ts';
import { checkData } from './data-check.ts';
import { printable } from '../printable.ts';
import { previewData } from './data-preview.ts';
import { ProgressBar } from '../progress-bar.ts';

const LAYOUTS: Record<LayoutKind, string> = {
  'split/class': 'a folder a split, in it a folder a class',
  'split/table': 'a folder a split, with a labels file',
  class: 'a folder a class',
  table: 'images with a labels file',
  flat: 'images without labels',
  tfds: 'a directory prepared by TensorFlow Datasets',
  parquet: 'Parquet files, as Hugging Face keeps image data',
  cifar: "CIFAR's binary batches",
};

/** Rows that are printed for a person; --json has all. */
const MAX_CLASSES = 60;
const MAX_BAD = 20;

/** By their first word; a folder of such a name is given as ./NAME. */
const SUBCOMMANDS: Record<string, (source: string, context: CommandContext) => Promise<number>> = {
  add: addData,
  check: checkData,
  preview: previewData,
};

export const command: Command = {
  name: 'data',
  summary: 'look at a folder of images as Vitrine will read it',
  usage:
    'data FOLDER [--check] [--split SPLIT] [--seed N] [--hash-contents] [--json] | data add NAME|PATH | data list | data check SOURCE | data preview SOURCE [--config=NAME] [--config.FIELD=VALUE …] [--output FILE]',
  help: `
Shows how a folder of images is read: its layout, its classes with images a split, what is ignored, what is bad.
Reads the beginning of every image; with --check decodes them whole, and ends with 1 if any is bad.

Layouts: train/cat/1.jpg (test, val and other usual names), cat/1.jpg (a test split is made: 20 % of each class),
images with labels.csv (columns path and label, optional split; also .tsv and .jsonl).
Formats: JPEG, PNG, GIF, BMP, WebP, TIFF, AVIF, told by content.
Beside a folder, a data set is a labels file (paths relative to it), a directory that TensorFlow Datasets has prepared,
Hugging Face image data in Parquet, or CIFAR's binary batches; or a .zip of any of them.

"data check" decodes every image and compares each with all others: corrupt and tiny images, the same file twice, the
same picture twice (dHash of 64 bits), either in several splits (a leak), uneven classes. It ends with 1 where images
are corrupt, files come twice or a split leaks into another.

"data add NAME" fetches a data set into the library, held against its published SHA-256: cifar10, cifar100,
oxford_iiit_pet, oxford_flowers102, tf_flowers, imagenet_v2; imagenet2012 is yours to prepare. Then its name is enough:
--config.dataset=cifar10. "data add PATH" enters a folder, archive or labels file; "data list" shows all.

  --yes            fetch it: size, licence and source are shown without (add only)
  --from PATH      take the published archives from here instead of fetching them (add only)
  --distance N     bits in which two pictures' hashes may differ (4; check only)

"data preview" writes a sheet of training images as the model will see them: cropped, mirrored, augmented and mixed by
the plan and the pipeline of a run with this configuration, a row an image, a column an epoch.

  --output FILE    the sheet (preview.png; preview only, as all these)
  --config=NAME, --config.FIELD=VALUE   as "vitrine train" takes them
  --checkpoint FILE  prepare images as this checkpoint's (as AugReg's, at pp.crop or 224 px)
  --count N        images (8): the first of the epoch
  --draws N        epochs that each is shown in (6)
  --epoch N        the first of them (1)
  --threads N      threads

  --check          decode every image; results are kept until a file changes
  --split SPLIT    only this split, or a part of one: test, train[:98%], train[90%:]
  --seed N         of the test split that is made where the folder has none (0)
  --hash-contents  read every file for the manifest's hash; otherwise it covers names, sizes and labels

Examples:
  vitrine data photos
  vitrine data photos --check --json
  vitrine data check photos.zip
  vitrine data add tf_flowers --yes
  vitrine data preview photos --config=aug_medium1:B_16 --output sheet.png`,
  options: {
    check: { type: 'boolean' },
    split: { type: 'string' },
    seed: { type: 'string' },
    distance: { type: 'string' },
    yes: { type: 'boolean' },
    from: { type: 'string' },
    'hash-contents': { type: 'boolean' },
    output: { type: 'string' },
    checkpoint: { type: 'string' },
    count: { type: 'string' },
    draws: { type: 'string' },
    epoch: { type: 'string' },
    threads: { type: 'string' },
  },
  passThrough: CONFIG_FLAG,
  async run(context) {
    const { check, split, seed, 'hash-contents': hashContents } = context.options;
    const [folder, ...rest] = context.positionals;
    if (folder === 'list' && rest.length === 0) return listData(context);
    const subcommand = rest.length > 0 ? SUBCOMMANDS[folder!] : undefined;
    if (context.flags.length > 0 && subcommand !== previewData) {
      throw new AppError('usage', `data takes ${context.flags[0]} only to preview training images.`, {
        hint: 'For example: vitrine data preview photos --config.vitrine.aug.rand_layers=2',
      });
    }
    if (subcommand !== undefined && rest.length === 1) return subcommand(rest[0]!, context);
    if (folder === undefined || rest.length > 0) {
      throw new AppError('usage', `data takes one folder, not ${context.positionals.length}.`, {
        hint: `Usage: vitrine ${command.usage}`,
      });
    }
    const bar = new ProgressBar({ quiet: context.json });
    const show = (label: string) => (done: number, total: number) => bar.show(label, { done, total });
    const { signal } = context;
    try {
      const dataset = await openDataset(folder, {
        split: split as string | undefined,
        seed: seedOf(seed as string | undefined),
        hashContents: hashContents === true,
        home: homeFolder(),
        signal,
        onProgress: show('reading'),
      });
      const items = Object.values(dataset.splits).flat();
      const level = check === true ? 'decode' : 'headers';
      const report = await inspectImages(items, { home: homeFolder(), level, signal, onProgress: show('checking') });
      bar.clear();
      const bad = [...dataset.bad, ...report.bad];
      const notes = [
        ...dataset.notes,
        ...report.notes,
        ...(report.rotated > 0 ? [noteOnExif(report.rotated, 'ignore')] : []),
      ];
      const shown: Shown = { dataset, report: { ...report, bad, notes }, level };
      if (context.json) context.emit(toJson(shown));
      else print(shown, context);
      return check === true && bad.length > 0 ? 1 : 0;
    } finally {
      bar.clear();
    }
  },
};

interface Shown {
  dataset: ImageDataset;
  report: CheckReport;
  level: 'headers' | 'decode';
}

function seedOf(text: string | undefined): number {
  const seed = Number(text ?? '0');
  if (Number.isSafeInteger(seed) && seed >= 0 && text !== '') return seed;
  throw new AppError('usage', `--seed is a whole number from 0 on, not "${text}".`);
}

/** Images a class and split: rows as `classNames`, columns as the splits. */
function countClasses(dataset: ImageDataset): number[][] {
  const splits = Object.values(dataset.splits);
  const counts = dataset.classNames.map(() => splits.map(() => 0));
  splits.forEach((items, s) => {
    for (const { label } of items) if (label !== null) counts[label]![s]!++;
  });
  return counts;
}

function toJson({ dataset, report, level }: Shown): Record<string, unknown> {
  const { root, layout, classNames, ignored, splitSeed, notTrainable, manifestHash, contentsHashed } = dataset;
  const names = Object.keys(dataset.splits);
  const counts = countClasses(dataset);
  return {
    root,
    layout,
    images: countItems(dataset),
    splits: Object.fromEntries(
      Object.entries(dataset.splits).map(([name, items]) => [
        name,
        { images: items.length, unlabelled: items.filter((item) => item.label === null).length },
      ]),
    ),
    classes: classNames.map((name, i) => ({
      name,
      images: Object.fromEntries(names.map((split, s) => [split, counts[i]![s]!])),
    })),
    ignored,
    checked: level,
    bad: report.bad,
    exifRotated: report.rotated,
    notes: report.notes,
    splitSeed,
    trainable: notTrainable === null,
    notTrainable,
    manifestHash,
    contentsHashed,
  };
}

function print({ dataset, report, level }: Shown, context: CommandContext): void {
  const line = (text: string) => context.print(printable(text));
  const splits = Object.entries(dataset.splits);
  line(dataset.root);
  line(`  layout   ${LAYOUTS[dataset.layout]}`);
  line(
    `  images   ${countItems(dataset).toLocaleString('en-US')} (${splits.map(([name, items]) => `${name} ${items.length.toLocaleString('en-US')}`).join(', ')})`,
  );
  line(`  classes  ${dataset.classNames.length.toLocaleString('en-US')}`);
  line(`  hash     ${dataset.manifestHash} (names, sizes, labels${dataset.contentsHashed ? ', contents' : ''})`);
  if (dataset.classNames.length > 0) printClasses(dataset, line);
  context.print('');
  if (dataset.ignored.length > 0)
    line(`${plural(dataset.ignored.length, 'other file')} ignored: ${some(dataset.ignored, 3)}.`);
  for (const note of report.notes) line(`Note: ${note}`);
  if (dataset.notTrainable !== null) line(`Not for training: ${dataset.notTrainable}`);
  for (const image of report.bad.slice(0, MAX_BAD)) line(`Bad: ${image.name}: ${image.reason}`);
  if (report.bad.length > MAX_BAD)
    line(`… and ${plural(report.bad.length - MAX_BAD, 'more bad image')}; --json lists them all.`);
  const all = countItems(dataset) + dataset.bad.length;
  if (report.bad.length > 0) line(`${plural(report.bad.length, 'bad image')} of ${all.toLocaleString('en-US')}.`);
  else line(level === 'decode' ? `Every image decodes.` : `Every image begins well; --check decodes them.`);
}

function printClasses(dataset: ImageDataset, line: (text: string) => void): void {
  const counts = countClasses(dataset);
  const shown = dataset.classNames.slice(0, MAX_CLASSES);
  const header = ['class', ...Object.keys(dataset.splits)];
  const rows = shown.map((name, i) => [
    name.length > 40 ? `${name.slice(0, 39)}…` : name,
    ...counts[i]!.map((n) => n.toLocaleString('en-US')),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)));
  line('');
  for (const row of [header, ...rows]) {
    line(
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`,
    );
  }
  const rest = dataset.classNames.length - shown.length;
  if (rest > 0) line(`  … and ${plural(rest, 'more class', 'more classes')}; --json lists them all.`);
}
