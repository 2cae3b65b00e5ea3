import { join } from 'node:path';
import { Contestant } from './contestant.ts';

/** How a contestant is started: its name in the tables, its command, what its environment has more. */
export type Starter = readonly [name: string, command: readonly string[], env: NodeJS.ProcessEnv];

const PYTHON = join(import.meta.dirname, 'python');

export function python(venv: string, script: string, args: readonly string[]): string[] {
  return [join(venv, 'bin/python'), join(PYTHON, script), ...args];
}

export function node(script: string, args: readonly string[]): string[] {
  return [process.execPath, join(import.meta.dirname, 'contestants', script), ...args];
}

export interface Started {
  contestants: Contestant[];
  versions: Record<string, string>;
}

/** One after the other: compiling takes the whole machine. */
export async function startAll(
  { env, say }: { env: NodeJS.ProcessEnv; say: (line: string) => void },
  starters: readonly Starter[],
): Promise<Started> {
  const contestants: Contestant[] = [];
  const versions: Record<string, string> = {};
  try {
    for (const [name, command, more] of starters) {
      say(`starting ${name}`);
      const contestant = await Contestant.start(name, command, { ...env, ...more });
      contestants.push(contestant);
      Object.assign(versions, contestant.introduction.versions);
    }
  } catch (error) {
    for (const contestant of contestants) contestant.stop();
    throw error;
  }
  return { contestants, versions };
}
