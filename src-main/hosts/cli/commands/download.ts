import type { Download } from '../../../../src-shared/contract/downloads.ts';
import { AppError } from '../../../../src-shared/errors.ts';
import type { Client } from '../../../app/in-process.ts';
import type { Command, CommandContext } from '../command.ts';
import { followDownloads } from '../follow-downloads.ts';
import { columns, formatBytes } from '../format-bytes.ts';
import { useClient } from '../use-client.ts';

const ACTIONS = ['list', 'pause', 'resume', 'remove'] as const;

export const command: Command = {
  name: 'download',
  summary: 'fetch checkpoints into the library, by name or address',
  usage: 'download NAME|URL… [--sha256 HEX] | --list | --pause [ID…] | --resume [ID…] | --remove ID…',
  help: `
Fetches checkpoints into the library: by the name that the catalog has (an AugReg file's name, or a model such as Ti_16
for its recommended one), or from an https:// address that ends with .npz or .safetensors. Nothing else is ever asked of
the network than what you name here, and "vitrine settings requests" lists every request.

What arrives is held against every size and hash that is published or that the server names, read through, and only then
given its name. A download that was stopped, or whose process was killed, goes on where it was. Where a source refuses,
the next is tried, and the reason is shown.

  --sha256 HEX      what the content of the one address must have
  --list            the queue, and what has come of it
  --pause [ID…]     pause some, or all
  --resume [ID…]    go on with some, or all; one that failed is tried again
  --remove ID…      forget some, with what is there of them; finished checkpoints stay
  --json            {"downloads": […]}

Examples:
  vitrine download Ti_16
  vitrine download https://example.org/mine.npz --sha256 9f86d081…
  vitrine download --resume
`,
  options: {
    sha256: { type: 'string' },
    list: { type: 'boolean' },
    pause: { type: 'boolean' },
    resume: { type: 'boolean' },
    remove: { type: 'boolean' },
  },
  async run(context) {
    const { positionals, options } = context;
    const [action, ...more] = ACTIONS.filter((name) => options[name] === true);
    const sha256 = options['sha256'] as string | undefined;
    if (more.length > 0) throw usage(`download does one of --${[action, ...more].join(', --')} at a time.`);
    if (sha256 !== undefined && (action !== undefined || positionals.length !== 1)) {
      throw usage('--sha256 goes with one address.');
    }
    if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
      throw usage('--sha256 takes 64 hexadecimal digits, in lower case.');
    }
    if (action === undefined && positionals.length === 0) throw usage('download takes a name or an address.');
    if (action === 'list' && positionals.length > 0) throw usage('download --list takes nothing else.');
    if (action === 'remove' && positionals.length === 0) throw usage('download --remove takes the ID of a download.');
    const ids = action === undefined ? [] : positionals.map(idOf);
    const downloads = await useClient(context, async (client): Promise<Download[]> => {
      if (action === 'list') return listed(client);
      if (action === 'pause') return paused(client, ids);
      if (action === 'remove') return removed(client, ids);
      await refuseOffline(client, positionals);
      if (action === 'resume') return followDownloads(client, context, () => resumed(client, ids));
      return followDownloads(client, context, () => added(client, positionals, sha256));
    });
    if (context.json) context.emit({ downloads });
    else if (action !== 'remove') context.print(render(downloads));
    return report(context, downloads, action === undefined || action === 'resume');
  },
};

/** In the window a download waits until requests are allowed again; a command would wait for nothing. */
async function refuseOffline(client: Client, names: readonly string[]): Promise<void> {
  const { settings } = await client.settings.get();
  if (!settings.offline || (names.length > 0 && names.every((name) => name.startsWith('file:')))) return;
  throw new AppError('offline', 'Vitrine is set offline, so nothing is downloaded.', {
    hint: 'Allow requests again with "vitrine settings set offline false".',
  });
}

async function listed(client: Client): Promise<Download[]> {
  return (await client.downloads.list()).downloads;
}

async function added(client: Client, names: readonly string[], sha256: string | undefined): Promise<Download[]> {
  const downloads: Download[] = [];
  for (const what of names) downloads.push(await client.downloads.add({ what, sha256 }));
  return downloads;
}

async function paused(client: Client, ids: readonly number[]): Promise<Download[]> {
  if (ids.length === 0) await client.downloads.pause({});
  for (const id of ids) await client.downloads.pause({ id });
  return listed(client);
}

/** Those that go on. */
async function resumed(client: Client, ids: readonly number[]): Promise<Download[]> {
  const before = await listed(client);
  if (ids.length === 0) await client.downloads.resume({});
  for (const id of ids) await client.downloads.resume({ id });
  const chosen = new Set(ids.length === 0 ? before.filter(({ state }) => state !== 'done').map(({ id }) => id) : ids);
  return (await listed(client)).filter(({ id }) => chosen.has(id));
}

async function removed(client: Client, ids: readonly number[]): Promise<Download[]> {
  for (const id of ids) await client.downloads.remove({ id });
  return listed(client);
}

function render(downloads: readonly Download[]): string {
  if (downloads.length === 0) return 'The queue is empty.';
  const rows = downloads.map(({ id, state, bytes, total, file }) => [
    String(id),
    state,
    `${formatBytes(bytes)}${total === null || total === bytes ? '' : ` of ${formatBytes(total)}`}`,
    file,
  ]);
  return columns([['ID', 'STATE', 'SIZE', 'FILE'], ...rows]);
}

/** Says why what failed did. */
function report(context: CommandContext, downloads: readonly Download[], ran: boolean): number {
  const failed = downloads.filter(({ failure }) => failure !== null);
  for (const { name, failure } of failed) {
    context.log(`${name}: ${failure!.message}${failure!.hint === undefined ? '' : `\n  ${failure!.hint}`}`);
  }
  if (ran) {
    for (const { name, attempts, state } of downloads) {
      if (state === 'done') for (const { why } of attempts) context.log(`${name}: another source was taken: ${why}`);
    }
  }
  return ran && failed.length > 0 ? 1 : 0;
}

function idOf(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw usage(`"${text}" is no ID of a download.`);
}

function usage(message: string): AppError {
  return new AppError('usage', message, { hint: `Usage: vitrine ${command.usage}` });
}
