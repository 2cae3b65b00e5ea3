import { resolveConfig } from '../../../src-shared/config/resolve.ts';
import { leavesOf } from '../../../src-shared/config/run-config.ts';
import type { Leaf } from '../../../src-shared/config/run-config.ts';
import type { RunDetail } from '../../../src-shared/contract/runs.ts';

export interface ShownField {
  path: string;
  value: Leaf;
  /** What the preset has instead; null where it has the same, or where there is no such preset any more. */
  preset: { value: Leaf } | null;
}

/** A run's configuration beside its preset. */
export function changesOf({ config, preset }: Pick<RunDetail, 'config' | 'preset'>): ShownField[] {
  const before = presetFields(preset);
  return config.map(({ path, value }) => {
    const was = before?.get(path);
    const same = was === undefined || JSON.stringify(was) === JSON.stringify(value);
    return { path, value, preset: same ? null : { value: was } };
  });
}

/** Fields in which not all of several configurations agree, each with its values; undefined: the field isn't there. */
export function differingFields(
  configs: readonly RunDetail['config'][],
): { path: string; values: (Leaf | undefined)[] }[] {
  const maps = configs.map((config) => new Map(config.map(({ path, value }) => [path, value])));
  const paths = [...new Set(configs.flatMap((config) => config.map(({ path }) => path)))];
  return paths
    .map((path) => ({ path, values: maps.map((map) => map.get(path)) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}

function presetFields(preset: string | null): Map<string, Leaf> | null {
  try {
    return new Map(leavesOf(resolveConfig({ ...(preset === null ? {} : { config: preset }), overrides: [] }).config));
  } catch {
    return null; // a preset of another version
  }
}
