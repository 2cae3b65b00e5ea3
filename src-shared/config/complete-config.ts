import { FIELDS } from './fields.ts';
import { leavesOf, withLeaf } from './run-config.ts';
import type { RunConfig } from './run-config.ts';

/**
 * A configuration as a file of an older Vitrine has it, with the fields that came since at the value that their absence
 * means. Whatever reads a stored configuration calls this; its hash stays what it was.
 */
export function completeConfig(stored: RunConfig): RunConfig {
  const known = new Set(leavesOf(stored).map(([path]) => path));
  let config = stored;
  for (const [path, { absent }] of Object.entries(FIELDS)) {
    if (absent !== undefined && !known.has(path)) config = withLeaf(config, path, absent);
  }
  return config;
}
