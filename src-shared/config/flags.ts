import { AppError } from '../errors.ts';
import { leavesOf } from './run-config.ts';
import type { Leaf, RunConfig } from './run-config.ts';

/** What `--config`, `--config=X` and `--config.x=y` look like among a command's arguments. */
export const CONFIG_FLAG = /^--config([.=[]|$)/;

/** Sorts flags that match CONFIG_FLAG (each with its value after `=`) into the preset's name and overrides. @throws AppError usage */
export function splitConfigFlags(flags: readonly string[]): { config?: string; overrides: string[] } {
  if (flags.includes('--config')) {
    throw new AppError('usage', '--config has no value.', { hint: 'For example --config=augreg:Ti_16.' });
  }
  const names = flags.filter((flag) => flag.startsWith('--config='));
  const overrides = flags.filter((flag) => !flag.startsWith('--config='));
  // As in absl, the last one counts.
  return { config: names.at(-1)?.slice('--config='.length), overrides };
}

/** The whole configuration as flags for a shell, one each; resolving them gives it again. */
export function formatFlags(preset: string | null, config: RunConfig): string[] {
  const own = leavesOf(config).map(([path, value]) => `--config.${path}=${quoted(formatLeaf(value))}`);
  return preset === null ? own : [`--config=${quoted(preset)}`, ...own];
}

/** A value as Python and the overrides spell it. */
export function formatLeaf(value: Leaf): string {
  if (value === null) return 'None';
  return Array.isArray(value) ? `(${value.join(', ')})` : String(value);
}

function quoted(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
