// `npm test`: sets up the engine, runs every test, and ends with the line `N passed, N failed`.
// Arguments go to Vitest: `npm test -- src-shared/metrics`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { closingLines, NOTHING_RAN, runTests } from './run-tests.ts';

const root = join(import.meta.dirname, '..');

/** Without its engine the suite would pass on less than it claims: a failing setup is a failed run. */
function setUpEngine(): boolean {
  const args = [join(root, 'bin/vitrine.js'), 'engine', 'install', '--cpu', '--if-missing'];
  return spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] }).status === 0;
}

let summary = NOTHING_RAN;
if (setUpEngine()) {
  try {
    summary = await runTests(root, process.argv.slice(2));
  } catch (error) {
    console.error(error);
  }
} else {
  console.error('The engine could not be set up, so no test was run.');
}
for (const line of closingLines(summary)) console.log(line);
process.exit(summary.failed === 0 ? 0 : 1);
