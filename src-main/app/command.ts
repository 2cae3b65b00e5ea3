import type { ParseArgsConfig } from 'node:util';

/** What a command is given to work with. Standard output belongs to results, standard error to people. */
export interface CommandContext {
  positionals: string[];
  /** Parsed options, by long name. */
  options: Record<string, string | boolean | (string | boolean)[] | undefined>;
  /** `--config.x=y` and other flags left to the command, in order; only with `passThrough`. */
  flags: string[];
  json: boolean;
  /** One JSON document (a line) to standard output; use once, or once a line where the command streams. */
  emit: (value: unknown) => void;
  /** A line of the result for a person; silent with `--json`. */
  print: (text: string) => void;
  /** A line for people on standard error. */
  log: (text: string) => void;
  /** Aborted by the first SIGINT or SIGTERM. */
  signal: AbortSignal;
}

export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** Whole help text below the usage line: what it does, options, examples. */
  help: string;
  usage: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** Collects `--name.x=y` style flags (any flag matching this) into `flags` instead of refusing them. */
  passThrough?: RegExp;
  /** Resolves to an exit code; undefined is 0. Throws AppError for expected failures. */
  run(context: CommandContext): Promise<number | void>;
}
