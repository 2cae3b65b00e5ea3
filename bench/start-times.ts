import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Figure } from './figures.ts';
import { median } from './measure.ts';

const root = join(import.meta.dirname, '..');
const RUNS = 7;

/** How long a person waits before anything happens: the engine's loading, and the command line's help. */
export function startTimes(env: NodeJS.ProcessEnv): Figure[] {
  const load = Array.from({ length: RUNS }, () => {
    const run = spawnSync(process.execPath, [join(root, 'src-worker/engine/selftest.ts')], { env, encoding: 'utf8' });
    return (JSON.parse(run.stdout) as { loadMilliseconds: number }).loadMilliseconds / 1000;
  });
  const help = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    spawnSync(process.execPath, [join(root, 'bin/vitrine.js'), '--help'], { env });
    return (performance.now() - start) / 1000;
  });
  return [
    { what: 'engine load', value: median(load), unit: 's', atMost: 2 },
    { what: 'bin/vitrine.js --help', value: median(help), unit: 's', atMost: 0.2 },
  ];
}
