import { parseArgs } from 'node:util';
import { AppError, ERROR_CODES } from '../../../src-shared/errors.ts';
import { nearest } from '../../../src-shared/nearest.ts';
import type { Command, CommandContext } from './command.ts';
import { COMMANDS } from './registry.ts';
import type { Entry } from './registry.ts';

/**
 * Runs one command line. Returns the exit code: 0 done, 1 failed, 2 used wrongly, 130 interrupted.
 * @param others commands that are hosts of their own, which whoever starts this one brings along
 */
export async function main(argv: string[], others: Record<string, Entry> = {}): Promise<number> {
  const json = argv.includes('--json');
  try {
    return await dispatch(argv, { json, commands: { ...COMMANDS, ...others } });
  } catch (error) {
    return report(error, json);
  }
}

type Commands = Record<string, Entry>;

async function dispatch(argv: string[], { json, commands }: { json: boolean; commands: Commands }): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const topic = name === 'help' ? rest[0] : undefined;
    if (topic !== undefined) return showHelp(await load(topic, commands));
    process.stdout.write(overview(commands));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    const { version } = (await import('../../../package.json', { with: { type: 'json' } })).default;
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const command = await load(name, commands);
  if (rest.includes('--help') || rest.includes('-h')) return showHelp(command);
  const code = await command.run(contextFor(command, rest, json));
  return code ?? 0;
}

async function load(name: string, commands: Commands): Promise<Command> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) {
    const guess = nearest(name, Object.keys(commands));
    throw new AppError('usage', `There is no command "${name}".`, {
      hint: guess ? `Did you mean "${guess}"? "vitrine --help" lists them all.` : '"vitrine --help" lists them all.',
    });
  }
  return entry.load();
}

function contextFor(command: Command, argv: string[], json: boolean): CommandContext {
  const flags: string[] = [];
  const own: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i]!;
    if (!command.passThrough?.test(arg)) {
      own.push(arg);
    } else if (arg.includes('=') || argv[i + 1] === undefined || argv[i + 1]!.startsWith('--')) {
      flags.push(arg);
    } else {
      flags.push(`${arg}=${argv[++i]}`); // `--config.batch 64`, as absl takes it
    }
  }
  let parsed;
  try {
    parsed = parseArgs({
      args: own,
      options: { ...command.options, json: { type: 'boolean' } },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    const message = usageMessage(error);
    const unknown = /Unknown option '--([^']+)'/.exec(message)?.[1];
    const guess = unknown === undefined ? undefined : nearest(unknown, [...Object.keys(command.options ?? {}), 'json']);
    throw new AppError('usage', `${command.name}: ${message}.`, {
      hint: `${guess === undefined ? '' : `Did you mean --${guess}? `}Usage: vitrine ${command.usage}`,
    });
  }
  return {
    positionals: parsed.positionals,
    options: parsed.values,
    flags,
    json,
    emit: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    print: (text) => void (json || process.stdout.write(`${text}\n`)),
    log: (text) => void process.stderr.write(`${text}\n`),
    signal: stopSignal(),
  };
}

/** Milliseconds in which signals count as one: a terminal's Ctrl-C may come directly and through who started us. */
const ONE_INTERRUPT_MS = 500;

/** Aborted by Ctrl-C, SIGTERM, or when nobody reads the output any more. A second Ctrl-C ends the process at once. */
function stopSignal(): AbortSignal {
  const abort = new AbortController();
  let first = 0;
  const stop = (): void => {
    if (abort.signal.aborted) return;
    first = performance.now();
    abort.abort(new AppError('interrupted', 'Interrupted.'));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted && performance.now() - first > ONE_INTERRUPT_MS) process.exit(130);
      stop();
    });
  }
  process.stdout.on('error', stop); // `vitrine train --json | head -1`
  process.stderr.on('error', () => {}); // a closed terminal is no reason to lose a run
  if (process.channel) {
    process.once('disconnect', stop); // bin/vitrine.js was killed
    process.channel.unref();
  }
  return abort.signal;
}

function usageMessage(error: unknown): string {
  return error instanceof Error ? error.message.split('\n')[0]!.split('. To specify')[0]! : String(error);
}

function report(error: unknown, json: boolean): number {
  if (error instanceof AppError) {
    if (json) process.stdout.write(`${JSON.stringify({ error })}\n`);
    process.stderr.write(`vitrine: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ''}`);
    return ERROR_CODES[error.code].exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (json)
    process.stdout.write(`${JSON.stringify({ error: { code: 'internal', message: String(error), details: {} } })}\n`);
  process.stderr.write(`vitrine: this is a bug in Vitrine, please report it.\n${stack}\n`);
  return 1;
}

function showHelp(command: Command): number {
  process.stdout.write(`Usage: vitrine ${command.usage}\n\n${command.help.trim()}\n`);
  return 0;
}

function overview(commands: Commands): string {
  const width = Math.max(...Object.keys(commands).map((n) => n.length));
  const lines = Object.entries(commands).map(([name, entry]) => `  ${name.padEnd(width)}  ${entry.summary}`);
  return [
    'Vitrine: fine-tune a Vision Transformer on your own images, and get an evaluation you can trust.',
    '',
    'Usage: vitrine COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'Every command takes --json (one JSON document on standard output) and --help.',
    'Exit codes: 0 done, 1 failed, 2 used wrongly, 130 interrupted.',
    '',
    'First steps:',
    '  vitrine engine install                 fetch TensorFlow once (about 300 MB)',
    '  vitrine inspect checkpoint.npz         what a checkpoint is',
    '  vitrine train --workdir=runs/mine --checkpoint=checkpoint.npz --config.dataset=photos',
    '  vitrine evaluate runs/mine/model.npz photos --report reports/mine',
    '',
  ].join('\n');
}
