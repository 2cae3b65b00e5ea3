import { AppError } from '../../../../src-shared/errors.ts';
import { nearest } from '../../../../src-shared/nearest.ts';
import type { SettingsStatus } from '../../../../src-shared/contract/settings.ts';
import { formatSetting, parseSetting, settingName } from '../../../../src-shared/settings/parse-setting.ts';
import { SETTING_NAMES, SETTINGS } from '../../../../src-shared/settings/settings.ts';
import type { Command, CommandContext } from '../command.ts';
import { columns, formatBytes } from '../format-bytes.ts';
import { useClient } from '../use-client.ts';

const ACTIONS = { list, get, set, reset, requests };

export const command: Command = {
  name: 'settings',
  summary: 'what holds for the whole application, and the log of requests',
  usage: 'settings [list | get NAME | set NAME VALUE | reset [NAME…] | requests [--limit N]]',
  help: `
Settings of the library that VITRINE_HOME names (without it, the platform's data folder).

  settings list             every setting with its value
  settings get NAME         one value
  settings set NAME VALUE   change it
  settings reset [NAME…]    back to what holds unset; without a name, all
  settings requests         every request that Vitrine made of another machine, the newest first
    --limit N               how many (default 20, at most 1000)
  --json                    one JSON document

${columns(SETTING_NAMES.map((name) => [`  ${name}`, `${SETTINGS[name].about} (${SETTINGS[name].values})`]))}

Examples:
  vitrine settings set offline true
  vitrine settings set bandwidth 5M
`,
  options: { limit: { type: 'string' } },
  async run(context) {
    const [name = 'list', ...rest] = context.positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name as keyof typeof ACTIONS] : undefined;
    if (!action) {
      const guess = nearest(name, Object.keys(ACTIONS));
      throw usage(`There is no "settings ${name}".${guess ? ` Did you mean "settings ${guess}"?` : ''}`);
    }
    if (context.options['limit'] !== undefined && action !== requests) throw usage(`settings ${name} has no --limit.`);
    await action(context, rest);
  },
};

async function list(context: CommandContext, rest: string[]): Promise<void> {
  if (rest.length > 0) throw usage(`settings list takes no "${rest[0]}".`);
  show(context, await useClient(context, (client) => client.settings.get()));
}

async function get(context: CommandContext, [text, ...more]: string[]): Promise<void> {
  if (text === undefined || more.length > 0) throw usage('settings get takes the name of one setting.');
  const name = settingName(text);
  const { settings } = await useClient(context, (client) => client.settings.get());
  if (context.json) context.emit({ [name]: settings[name] });
  else context.print(formatSetting(settings[name]));
}

async function set(context: CommandContext, [text, value, ...more]: string[]): Promise<void> {
  if (text === undefined || value === undefined || more.length > 0)
    throw usage('settings set takes a name and a value.');
  const name = settingName(text);
  const parsed = parseSetting(name, value);
  const status = await useClient(context, (client) => client.settings.set({ [name]: parsed }));
  if (context.json) context.emit(status);
  else context.print(`${name} is ${formatSetting(status.settings[name])}.`);
}

async function reset(context: CommandContext, texts: string[]): Promise<void> {
  const names = texts.length === 0 ? undefined : texts.map(settingName);
  show(context, await useClient(context, (client) => client.settings.reset({ names })));
}

async function requests(context: CommandContext, rest: string[]): Promise<void> {
  if (rest.length > 0) throw usage(`settings requests takes no "${rest[0]}".`);
  const limit = Number(context.options['limit'] ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw usage('--limit takes a number from 1 to 1000.');
  const log = await useClient(context, (client) => client.network.requests({ limit }));
  if (context.json) return context.emit(log);
  if (log.requests.length === 0) return context.print('Vitrine has made no request.');
  const rows = log.requests.map(({ at, method, status, bytes, address, purpose, error }) => [
    at.slice(0, 19).replace('T', ' '),
    method,
    status === null ? '–' : String(status),
    formatBytes(bytes),
    `${address} (${purpose})${error === null ? '' : `: ${error}`}`,
  ]);
  context.print(columns([['TIME (UTC)', '', 'STATUS', 'RECEIVED', 'ADDRESS'], ...rows]));
  if (log.total > rows.length) context.print(`${rows.length} of ${log.total}.`);
}

function show(context: CommandContext, status: SettingsStatus): void {
  if (context.json) return context.emit(status);
  const { settings, changed, library } = status;
  const rows = SETTING_NAMES.map((name) => [
    name,
    formatSetting(settings[name]),
    changed.includes(name) ? 'set' : '',
    `# ${SETTINGS[name].about}`,
  ]);
  context.print(columns(rows));
  const free = library.freeBytes === null ? '' : `, ${formatBytes(library.freeBytes)} free`;
  context.print(`Library: ${library.home}${free}`);
}

function usage(message: string): AppError {
  return new AppError('usage', message, { hint: `Usage: vitrine ${command.usage}` });
}
