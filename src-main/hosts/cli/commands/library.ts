import { resolve } from 'node:path';
import { AppError } from '../../../../src-shared/errors.ts';
import type {
  Checkpoint,
  ImportReport,
  MemoryEstimate,
  MemoryTask,
} from '../../../../src-shared/contract/checkpoints.ts';
import { nearest } from '../../../../src-shared/nearest.ts';
import type { Command, CommandContext } from '../command.ts';
import { columns, formatBytes } from '../format-bytes.ts';
import { useClient } from '../use-client.ts';
import { positiveOption } from '../worker-options.ts';

interface Action {
  run: (context: CommandContext, rest: string[]) => Promise<number | void>;
  options: readonly string[];
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: { run: list, options: [] },
  import: { run: importFiles, options: ['link'] },
  scan: { run: scan, options: [] },
  remove: { run: remove, options: ['keep-file'] },
  rebuild: { run: rebuild, options: [] },
  memory: { run: memory, options: ['train', 'batch', 'resolution', 'classes', 'measure'] },
};

export const command: Command = {
  name: 'library',
  summary: 'the checkpoints that are here: list, import, scan, remove, rebuild, memory',
  usage: 'library list | import PATH… [--link] | scan | remove ID… | rebuild [FOLDER…] | memory ID [OPTIONS]',
  help: `
The checkpoints that Vitrine knows on this machine: downloaded, imported, or made by a run.

  library list              all of them; one whose file is gone is shown as missing
  library import PATH…      take in files, or every checkpoint of a folder; each is read through first
    --link                  refer to the files where they are instead of copying them
  library scan              look through the library's folder for what is new, changed or gone
  library remove ID…        forget some, and delete their files where those lie in the library's folder
    --keep-file             leave the files
  library rebuild [FOLDER…] read runs and checkpoints back from the folders that describe them, where the database
                            was lost: those of the library, and those named (a --workdir, or a folder of them). What
                            a folder can't say (tags, places in the queue) is lost with the file; what is there stays
  library memory ID         whether one fits into this machine's memory, and what takes how much
    --train                 for training (with vit_jax's SGD) instead of prediction
    --batch N               images in one step (default 32)
    --resolution PX         instead of the checkpoint's own
    --classes N             of a new head
    --measure               run one step to see; later estimates learn from it
  --json                    one JSON document

Examples:
  vitrine library import ~/Downloads/B_16.npz
  vitrine library memory 3 --train --batch 64 --measure
`,
  options: {
    link: { type: 'boolean' },
    'keep-file': { type: 'boolean' },
    train: { type: 'boolean' },
    batch: { type: 'string' },
    resolution: { type: 'string' },
    classes: { type: 'string' },
    measure: { type: 'boolean' },
  },
  async run(context) {
    const [name = 'list', ...rest] = context.positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (!action) {
      const guess = nearest(name, Object.keys(ACTIONS));
      throw usage(`There is no "library ${name}".${guess ? ` Did you mean "library ${guess}"?` : ''}`);
    }
    const extra = Object.keys(command.options).find(
      (option) => context.options[option] !== undefined && !action.options.includes(option),
    );
    if (extra) throw usage(`library ${name} has no --${extra}.`);
    return action.run(context, rest);
  },
};

async function list(context: CommandContext, rest: string[]): Promise<void> {
  if (rest.length > 0) throw usage(`library list takes no "${rest[0]}".`);
  const { checkpoints } = await useClient(context, (client) => client.checkpoints.list());
  if (context.json) context.emit({ checkpoints });
  else context.print(checkpoints.length === 0 ? 'The library holds no checkpoint.' : table(checkpoints));
}

async function importFiles(context: CommandContext, paths: string[]): Promise<number> {
  if (paths.length === 0) throw usage('library import takes a file or a folder.');
  const mode = context.options['link'] ? 'link' : 'copy';
  const total: ImportReport = { added: [], known: [], failed: [] };
  await useClient(context, async (client) => {
    for (const path of paths) {
      const report = await client.checkpoints.import({ path, mode }, { signal: context.signal });
      total.added.push(...report.added);
      total.known.push(...report.known);
      total.failed.push(...report.failed);
    }
  });
  if (context.json) context.emit(total);
  else if (total.added.length + total.known.length > 0) context.print(table([...total.added, ...total.known]));
  for (const { failure } of total.failed) context.log(failure.message);
  context.log(`${total.added.length} added, ${total.known.length} known before, ${total.failed.length} not read.`);
  return total.added.length + total.known.length > 0 ? 0 : 1;
}

async function scan(context: CommandContext, rest: string[]): Promise<void> {
  if (rest.length > 0) throw usage(`library scan takes no "${rest[0]}".`);
  const report = await useClient(context, (client) => client.checkpoints.rescan({}, { signal: context.signal }));
  if (context.json) return context.emit(report);
  const { added, changed, missing, failed } = report;
  for (const { failure } of failed) context.log(failure.message);
  context.print(
    `${added.length} new, ${changed.length} changed, ${missing.length} missing, ${failed.length} can't be read.`,
  );
}

async function rebuild(context: CommandContext, folders: string[]): Promise<void> {
  const parts = await useClient(context, (client) =>
    client.library.rebuild({ folders: folders.map((folder) => resolve(folder)) }, { signal: context.signal }),
  );
  if (context.json) return context.emit({ parts });
  for (const { name, found, added, problems } of parts) {
    context.print(`${name}: ${found} found, ${added} of them new.`);
    problems.forEach((problem) => context.log(`  ${problem}`));
  }
}

async function remove(context: CommandContext, texts: string[]): Promise<void> {
  if (texts.length === 0) throw usage('library remove takes the ID of a checkpoint.');
  const ids = texts.map(idOf);
  const keepFile = context.options['keep-file'] === true;
  const removed = await useClient(context, async (client) => {
    const each = [];
    for (const id of ids) each.push(await client.checkpoints.remove({ id, keepFile }));
    return each;
  });
  if (context.json) return context.emit({ removed });
  for (const { removed: id, deleted } of removed) {
    context.print(`Forgot ${id}${deleted.length > 0 ? ` and deleted ${deleted.join(', ')}` : ''}.`);
  }
}

async function memory(context: CommandContext, [text, ...more]: string[]): Promise<void> {
  if (text === undefined || more.length > 0) throw usage('library memory takes the ID of one checkpoint.');
  const { options } = context;
  const task = {
    checkpoint: idOf(text),
    mode: options['train'] ? 'train' : 'predict',
    batch: positiveOption('batch', options['batch'], 32),
    ...(options['resolution'] === undefined
      ? {}
      : { resolution: positiveOption('resolution', options['resolution'], 1) }),
    ...(options['classes'] === undefined ? {} : { numClasses: positiveOption('classes', options['classes'], 1) }),
  } satisfies Partial<MemoryTask>;
  if (!options['measure']) {
    const estimate = await useClient(context, (client) => client.checkpoints.memory(task));
    if (context.json) context.emit(estimate);
    else context.print(renderEstimate(estimate));
    return;
  }
  const probe = await useClient(context, (client) => client.checkpoints.probe(task, { signal: context.signal }));
  if (context.json) return context.emit(probe);
  context.print(renderEstimate(probe.estimate));
  context.print(
    `Measured ${formatBytes(probe.measuredBytes)}, ${probe.ratio.toFixed(2)} times the estimate; ` +
      `a step took ${probe.stepSeconds.toFixed(2)} s.`,
  );
}

function renderEstimate({ items, totalBytes, device, verdict, correction, notes }: MemoryEstimate): string {
  const rows = [...items.map(({ name, bytes }) => [name, formatBytes(bytes)]), ['total', formatBytes(totalBytes)]];
  const verdicts = { fits: 'It fits', tight: 'It may fit, tightly', no: "It doesn't fit" };
  const learnt = correction
    ? `\nCorrected by ${correction.measurements} measured steps: × ${correction.factor.toFixed(2)}.`
    : '';
  return (
    `${columns(rows)}\n${verdicts[verdict]}: ${formatBytes(device.freeBytes)} of ${formatBytes(device.totalBytes)} ` +
    `are free (${device.name}).${learnt}${notes.map((note) => `\n${note}`).join('')}`
  );
}

function table(checkpoints: readonly Checkpoint[]): string {
  const rows = checkpoints.map(({ id, state, bytes, variant, isLit, problem, file, path }) => [
    String(id),
    problem ? 'unusable' : state,
    formatBytes(bytes),
    variant ?? (isLit ? 'LiT' : '–'),
    file ?? path,
  ]);
  return columns([['ID', 'STATE', 'SIZE', 'MODEL', 'FILE'], ...rows]);
}

function idOf(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw usage(`"${text}" is no ID of a checkpoint.`);
}

function usage(message: string): AppError {
  return new AppError('usage', message, { hint: `Usage: vitrine ${command.usage}` });
}
