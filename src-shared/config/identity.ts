import { FIELDS } from './fields.ts';
import { leavesOf } from './run-config.ts';
import type { Leaf, RunConfig } from './run-config.ts';

export interface ConfigDifference {
  readonly path: string;
  readonly a: Leaf | undefined;
  readonly b: Leaf | undefined;
  /** A workdir may be resumed all the same. */
  readonly mayChange: boolean;
}

/** Fields that a configuration from before may lack, with the value that this means. */
const LATER = Object.entries(FIELDS).flatMap(([path, { absent }]): [string, Leaf][] =>
  absent === undefined ? [] : [[path, absent]],
);

/** Fields that two configurations spell differently, in the first one's order. Undefined: the field isn't there. */
export function diffConfigs(a: RunConfig, b: RunConfig): ConfigDifference[] {
  const [left, right] = [a, b].map((config) => new Map([...LATER, ...leavesOf(config)])) as [
    Map<string, Leaf>,
    Map<string, Leaf>,
  ];
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((path) => ({ path, a: left.get(path), b: right.get(path), mayChange: FIELDS[path]?.mayChange ?? false }))
    .filter((d) => JSON.stringify(d.a) !== JSON.stringify(d.b));
}

/**
 * Tells whether a workdir belongs to another configuration: equal for configurations that train the same thing, so
 * fields marked mayChange don't count, nor later ones at the value that their absence means. 64 bits (FNV-1a over sorted `path=value` lines), 16 hex digits.
 */
export function configHash(config: RunConfig): string {
  const lines = leavesOf(config)
    .filter(([path, value]) => !FIELDS[path]?.mayChange && value !== FIELDS[path]?.absent)
    .map(([path, value]) => `${path}=${JSON.stringify(value)}\n`)
    .sort();
  return fnv1a64(lines.join(''));
}

/** Over UTF-16 code units, low byte first. */
function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    for (const byte of [unit & 0xff, unit >> 8]) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(16).padStart(16, '0');
}
