import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';

const boundsSchema = v.object({ x: v.number(), y: v.number(), width: v.number(), height: v.number() });

const schema = v.object({
  /** Where the window was, when it was neither maximised nor full. */
  bounds: v.optional(v.nullable(boundsSchema), null),
  maximized: v.optional(v.boolean(), false),
  /** Runs that were paused so that the app could end: they go on at the next start. */
  resume: v.optional(v.array(v.string()), []),
});

export type Bounds = v.InferOutput<typeof boundsSchema>;
export type KeptState = v.InferOutput<typeof schema>;

export interface Kept {
  current(): KeptState;
  /** Written at once, whole or not at all. A disk that takes nothing loses where the window was, and nothing else. */
  set(changes: Partial<KeptState>): void;
}

/** What the desktop keeps between two starts, in the library's folder. What can't be read counts as never written. */
export function createKept(home: string): Kept {
  const path = join(home, 'desktop.json');
  let state = read(path);
  return {
    current: () => state,
    set(changes) {
      state = { ...state, ...changes };
      try {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600, flush: true });
        renameSync(`${path}.new`, path);
      } catch (error) {
        process.stderr.write(`vitrine: ${path} could not be written (${(error as Error).message}).\n`);
      }
    },
  };
}

function read(path: string): KeptState {
  let found: unknown = {};
  try {
    found = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // None yet, or none that can be read.
  }
  const parsed = v.safeParse(schema, found);
  return parsed.success ? parsed.output : v.parse(schema, {});
}
