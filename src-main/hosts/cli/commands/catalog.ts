import { resolve } from 'node:path';
import { FACETS, NUMBERS } from '../../../../src-shared/contract/catalog-rows.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import { nearest } from '../../../../src-shared/nearest.ts';
import type { Client } from '../../../app/in-process.ts';
import { writeWhole } from '../../../services/datasets/write-file.ts';
import { readSort, readWhere } from '../catalog-question.ts';
import { renderDetail, renderGaps, renderRecommendation, renderReport, renderResult } from '../catalog-render.ts';
import type { Command, CommandContext } from '../command.ts';
import { openClient } from '../open-client.ts';

interface Action {
  /** Options that it takes, `--json` apart. */
  readonly options: readonly string[];
  readonly arguments: readonly [least: number, most: number];
  run(client: Client, context: CommandContext, args: string[]): Promise<void>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  search: { options: ['where', 'sort', 'limit', 'after'], arguments: [0, Infinity], run: search },
  show: { options: [], arguments: [1, 1], run: show },
  recommend: { options: ['on', 'max-params'], arguments: [0, 1], run: recommend },
  import: { options: [], arguments: [1, 1], run: importIndex },
  export: { options: ['where', 'sort', 'csv', 'index', 'output'], arguments: [0, Infinity], run: exportCsv },
  gaps: { options: [], arguments: [0, 0], run: gaps },
};

export const command: Command = {
  name: 'catalog',
  summary: 'find published checkpoints: AugReg’s 50,000 and the other releases',
  usage: 'catalog search|show|recommend|import|export|gaps [OPTIONS]',
  help: `
Every published checkpoint by name, with the figures that somebody published and where. A figure that nobody did is
unknown until an index.csv is imported. Nothing is fetched unasked.

  catalog search [TEXT] [--where CONDITION]… [--sort FIELD] [--limit N] [--after CURSOR]
      Checkpoints that have every word of TEXT (or its beginning) in their name and meet every condition.
        --where FIELD=VALUE     several of one field are alternatives; "unknown" is a value
        --where FIELD>=NUMBER   also <=; also tag=T, starred=true, comparing=true
        --sort FIELD            from the smallest up, -FIELD from the largest down; unknown ones last
        --limit N               rows to show, up to 1000 (20)
        --after CURSOR          the next page, as the page before names it

  catalog show NAME
      All that is known of a checkpoint or pre-training: figures with their sources, places, licence.

  catalog recommend [MODEL] [--on DATASET] [--max-params N]
      The checkpoint to take of each model: vit_jax's rule on an imported index, until then what it published.

  catalog import FILE|URL
      Read an index.csv (its 21 columns) over the AugReg rows, whole or not at all. Your stars, tags and notes stay.

  catalog export [TEXT] [--where CONDITION]… [--sort FIELD] [--index] [--output FILE]
      Matching checkpoints as CSV; --index: the 21 columns of index.csv alone.

  catalog gaps
      What the catalog knows that it doesn't know.

  --json  one JSON document on standard output; search: {"total", "rows", "facets", "tags", "next", "revision"}

Fields with few values: ${FACETS.join(', ')}
Fields with numbers: ${NUMBERS.join(', ')}
The index's spellings (adapt_ds, adapt_final_val, …) are understood, too.

Examples:
  vitrine catalog search B/16 medium1 --where adaptDs=imagenet2012 --where resolution=384
  vitrine catalog search --where collection=augreg --limit 1 --json
  vitrine catalog recommend --on oxford_iiit_pet --max-params 40e6
  vitrine catalog import index.csv
`,
  options: {
    where: { type: 'string', multiple: true },
    sort: { type: 'string' },
    limit: { type: 'string' },
    after: { type: 'string' },
    on: { type: 'string' },
    'max-params': { type: 'string' },
    csv: { type: 'boolean' },
    index: { type: 'boolean' },
    output: { type: 'string' },
  },
  async run(context) {
    const [name, ...args] = context.positionals;
    const action = Object.hasOwn(ACTIONS, name ?? '') ? ACTIONS[name!]! : undefined;
    if (!action) throw unknownAction(name);
    const extra = Object.keys(command.options).find(
      (option) => context.options[option] !== undefined && !action.options.includes(option),
    );
    if (extra !== undefined) throw usage(`catalog ${name} has no --${extra}.`);
    const [least, most] = action.arguments;
    if (args.length < least || args.length > most) {
      throw usage(`catalog ${name} takes ${most === 0 ? 'no argument' : 'one argument'}, not ${args.length}.`);
    }
    const opened = await openClient(context);
    try {
      await action.run(opened.client, context, args);
    } finally {
      await opened.close();
    }
  },
};

async function search(client: Client, context: CommandContext, words: string[]): Promise<void> {
  const { limit, after } = context.options;
  const input = { ...questionOf(context, words), limit: limitOf(limit as string | undefined) };
  const result = await client.catalog.search(
    { ...input, after: after as string | undefined },
    { signal: context.signal },
  );
  if (context.json) return context.emit(result);
  for (const line of renderResult(result)) context.print(line);
}

async function show(client: Client, context: CommandContext, [name]: string[]): Promise<void> {
  const detail = await client.catalog.show({ name: name!.replace(/\.npz$/, '') }, { signal: context.signal });
  if (context.json) return context.emit(detail);
  for (const line of renderDetail(detail)) context.print(line);
}

async function recommend(client: Client, context: CommandContext, [model]: string[]): Promise<void> {
  const { on, 'max-params': most } = context.options;
  const maxParams = most === undefined ? undefined : Number(most);
  if (maxParams !== undefined && !(maxParams > 0)) {
    throw usage(`--max-params is "${String(most)}", but must be a number of parameters, such as 40e6.`);
  }
  const result = await client.catalog.recommend(
    { model, adaptDs: on as string | undefined, maxParams },
    { signal: context.signal },
  );
  if (context.json) return context.emit(result);
  for (const line of renderRecommendation(result)) context.print(line);
}

async function importIndex(client: Client, context: CommandContext, [source]: string[]): Promise<void> {
  // A host that holds the library has another working directory.
  const place = /^(https?|gs):\/\//i.test(source!) ? source! : resolve(source!);
  const report = await client.catalog.importIndex({ source: place }, { signal: context.signal });
  if (context.json) return context.emit(report);
  for (const line of renderReport(report)) context.print(line);
}

async function exportCsv(client: Client, context: CommandContext, words: string[]): Promise<void> {
  const { index, output } = context.options;
  if (context.json && output === undefined) throw usage('catalog export --json needs --output FILE for the CSV.');
  const columns = index === true ? ('index' as const) : ('all' as const);
  const pieces: string[] = [];
  for await (const piece of await client.catalog.exportCsv(
    { ...questionOf(context, words), columns },
    { signal: context.signal },
  )) {
    if (output === undefined) process.stdout.write(piece);
    else pieces.push(piece);
  }
  if (output === undefined) return;
  const path = resolve(output as string);
  await writeWhole(path, pieces.join(''));
  context.print(`Written to ${path}.`);
  if (context.json) context.emit({ file: path });
}

async function gaps(client: Client, context: CommandContext): Promise<void> {
  const result = await client.catalog.gaps(undefined, { signal: context.signal });
  if (context.json) return context.emit(result);
  for (const line of renderGaps(result)) context.print(line);
}

function questionOf({ options }: CommandContext, words: string[]) {
  const text = words.join(' ');
  return {
    ...readWhere((options['where'] as string[] | undefined) ?? []),
    ...(text === '' ? {} : { text }),
    sort: readSort(options['sort'] as string | undefined),
  };
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? 20 : Number(text || Number.NaN);
  if (Number.isInteger(limit) && limit >= 0 && limit <= 1000) return limit;
  throw usage(`--limit is "${text}", but must be a whole number from 0 to 1000.`);
}

function unknownAction(name: string | undefined): AppError {
  if (name === undefined) return usage('catalog needs an action.');
  const guess = nearest(name, Object.keys(ACTIONS));
  return usage(`There is no "catalog ${name}".${guess ? ` Did you mean "catalog ${guess}"?` : ''}`);
}

function usage(message: string): AppError {
  return new AppError('usage', message, { hint: `Usage: vitrine ${command.usage}` });
}
