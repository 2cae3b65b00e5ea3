import type { Leaf, RunConfig } from '../../../src-shared/config/run-config.ts';

interface Group {
  [name: string]: Leaf | Group;
}

/** The configuration whose leaves these are. */
export function configOf(leaves: readonly { path: string; value: Leaf }[]): RunConfig {
  const config: Group = {};
  for (const { path, value } of leaves) {
    const names = path.split('.');
    let group = config;
    for (const name of names.slice(0, -1)) group = (group[name] ??= {}) as Group;
    group[names.at(-1)!] = value;
  }
  return config as unknown as RunConfig;
}
