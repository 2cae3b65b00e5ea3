import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Dataset } from '../../../../src-shared/contract/datasets.ts';
import { isDatasetName, NAMED, type DatasetName } from '../../../../src-shared/data/named.ts';
import { AppError, type ErrorCode } from '../../../../src-shared/errors.ts';
import type { Client } from '../../../app/in-process.ts';
import type { CommandContext } from '../command.ts';
import { columns, formatBytes } from '../format-bytes.ts';
import { ProgressBar } from '../progress-bar.ts';
import { useClient } from '../use-client.ts';

/** Between two looks at how far it is, ms. */
const LOOK_MS = 200;

/** `vitrine data add`: a data set by its name, or a folder, archive or labels file, into the library's list. */
export function addData(given: string, context: CommandContext): Promise<number> {
  const { yes, from } = context.options;
  const named = isDatasetName(given) && !existsSync(resolve(given));
  if (named && from === undefined) askFirst(given, yes === true);
  if (!named && from !== undefined)
    throw new AppError('usage', `--from belongs to a data set's name, and "${given}" is none.`, {
      hint: `Names: ${Object.keys(NAMED).join(', ')}.`,
    });
  return useClient(context, async (client) => {
    const added = named
      ? await client.datasets.addNamed({
          name: given,
          ...(from === undefined ? {} : { from: resolve(from as string) }),
        })
      : await client.datasets.add({ path: resolve(given) });
    const ready = await follow(client, added, context);
    if (ready.error !== null) {
      const { code, message, hint } = ready.error;
      throw new AppError(code as ErrorCode, message, hint === undefined ? {} : { hint });
    }
    if (context.json) context.emit({ ...ready });
    else {
      context.print(
        `${ready.name}: ${ready.images.toLocaleString('en-US')} images, ${ready.classes} classes, in ${ready.root}`,
      );
      for (const note of ready.notes) context.print(`Note: ${note}`);
      const { note } = { note: undefined, ...(named ? NAMED[given] : {}) };
      if (note !== undefined) context.print(`Note: ${note}`);
      context.print(`Train on it with --config.dataset=${named ? given : ready.root}.`);
    }
    return 0;
  });
}

/** Nothing is fetched unasked. @throws AppError usage */
function askFirst(name: DatasetName, yes: boolean): void {
  const { title, files, licence, citation, homepage } = NAMED[name];
  if (yes || files.length === 0) return;
  const bytes = files.reduce<number>((sum, { size }) => sum + size, 0);
  throw new AppError(
    'usage',
    `${title} is ${formatBytes(bytes)} from ${new URL(files[0].url).host}: say --yes to fetch it.`,
    {
      hint: `Licence: ${licence}. Cite: ${citation}. ${homepage} – or take files that are here: --from FOLDER.`,
      details: { name, bytes, files },
    },
  );
}

/** Shows what goes on until it is over; Ctrl-C stops it. */
async function follow(client: Client, { id }: Dataset, context: CommandContext): Promise<Dataset> {
  const bar = new ProgressBar({ quiet: context.json });
  try {
    for (;;) {
      const dataset = await client.datasets.get({ id });
      if (dataset.state !== 'reading') return dataset;
      if (dataset.progress) bar.show(dataset.progress.phase, dataset.progress);
      await setTimeout(LOOK_MS, undefined, { signal: context.signal });
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
    await client.datasets.cancel({ id });
    throw new AppError('interrupted', 'Stopped; what was fetched is kept, and the same command goes on.');
  } finally {
    bar.clear();
  }
}

/** `vitrine data list`: the library's data sets, and the names that can be added. */
export function listData(context: CommandContext): Promise<number> {
  return useClient(context, async (client) => {
    const datasets = await client.datasets.list();
    const here = new Set(datasets.map(({ name }) => name));
    const addable = Object.entries(NAMED).map(([name, { title, licence, citation, classes, splits, files }]) => ({
      name,
      title,
      licence,
      citation,
      classes,
      splits,
      bytes: files.reduce<number>((sum, { size }) => sum + size, 0),
    }));
    if (context.json) {
      context.emit({ datasets, addable });
      return 0;
    }
    const rows = datasets.map(({ name, state, images, classes, root }) => [
      name,
      state,
      `${images.toLocaleString('en-US')} images`,
      `${classes} classes`,
      root,
    ]);
    context.print(rows.length === 0 ? 'The library has no data sets.' : columns(rows));
    const more = addable.filter(({ name }) => !here.has(name)).map(({ name }) => name);
    if (more.length > 0) context.print(`By name, with "vitrine data add NAME": ${more.join(', ')}.`);
    return 0;
  });
}
