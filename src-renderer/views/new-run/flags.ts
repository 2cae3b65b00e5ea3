import { withoutAliases } from '../../../src-shared/config/aliases.ts';
import { formatLeaf } from '../../../src-shared/config/flags.ts';
import { flagParts, parseOverride } from '../../../src-shared/config/overrides.ts';
import { AppError } from '../../../src-shared/errors.ts';

/** What is wrong with one flag. */
export interface FlagProblem {
  readonly flag: string;
  /** The field it names; null where it names none. */
  readonly path: string | null;
  readonly text: string;
}

/** Flags as a shell or a person separates them: by spaces and lines, quotes kept together. */
export function splitFlags(text: string): string[] {
  // ml_collections' tuples have spaces: (16, 16).
  const pieces = text.match(/(?:"[^"]*"|'[^']*'|\([^)]*\)|[^\s"'(]|["'(])+/g) ?? [];
  return pieces.filter((piece) => piece !== '\\').map(unquoted);
}

/** One a line, so that splitFlags gives them again. */
export function joinFlags(flags: readonly string[]): string {
  return flags
    .map((flag) => (splitFlags(flag).length === 1 && unquoted(flag) === flag ? flag : quoted(flag)))
    .join('\n');
}

function unquoted(piece: string): string {
  return piece.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? '');
}

function quoted(flag: string): string {
  return flag.includes('"') ? `'${flag}'` : `"${flag}"`;
}

/** The field that a flag sets, by its own name. */
export function pathOf(flag: string): string {
  return flagParts(withoutAliases([flag]).overrides[0] ?? flag).path;
}

/** What the last flag of a field gives it; undefined without one. */
export function textOf(flags: readonly string[], path: string): string | undefined {
  const flag = flags.findLast((one) => pathOf(one) === path);
  return flag === undefined ? undefined : (flagParts(flag).text ?? 'true');
}

/** A field set: in the place of its flag, where it has one. */
export function withFlag(flags: readonly string[], path: string, text: string): string[] {
  const flag = `--config.${path}=${text}`;
  const at = flags.findLastIndex((one) => pathOf(one) === path);
  const others = flags.filter((one, i) => i === at || pathOf(one) !== path);
  return at < 0 ? [...flags, flag] : others.map((one) => (pathOf(one) === path ? flag : one));
}

export function withoutFlag(flags: readonly string[], path: string): string[] {
  return flags.filter((one) => pathOf(one) !== path);
}

/**
 * Each flag that no field takes as it is, all at once.
 * @param known paths that the configuration has
 */
export function problemsIn(flags: readonly string[], known: readonly string[]): FlagProblem[] {
  return flags.flatMap((flag): FlagProblem[] => {
    try {
      for (const one of withoutAliases([flag]).overrides) parseOverride(one, known);
      return [];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const path = pathOf(flag);
      const text = error.hint === undefined || known.includes(path) ? error.message : `${error.message} ${error.hint}`;
      return [{ flag, path: known.includes(path) ? path : null, text }];
    }
  });
}

/** `vitrine train` with what the form has, for a shell. */
export function commandOf(what: {
  checkpoint: string;
  dataset: string;
  preset: string;
  flags: readonly string[];
  name: string;
}): string {
  const folder = what.name.replace(/[^\w.-]+/g, '-') || 'mine';
  const parts = [
    `--workdir=runs/${folder}`,
    ...(what.checkpoint === '' ? [] : [`--checkpoint=${what.checkpoint}`]),
    ...(what.preset === '' ? [] : [`--config=${what.preset}`]),
    ...(what.dataset === '' ? [] : [`--config.dataset=${what.dataset}`]),
    ...what.flags,
  ];
  return ['npx vitrine train', ...parts.map(forShell)].join(' ');
}

function forShell(text: string): string {
  return /^[\w@%+:,./=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A value as the form shows and flags spell it. */
export const spell = formatLeaf;
