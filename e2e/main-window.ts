// `npm run e2e [-- --host serve|electron] [--shots DIR]`: the window, as people use it. Other arguments go to Vitest.
import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { closingLines, NOTHING_RAN, runTests } from './run-tests.ts';
import { HOST_KINDS } from './window-host.ts';
import type { HostKind } from './window-host.ts';

const root = resolve(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: { host: { type: 'string', default: 'serve' }, shots: { type: 'string' } },
  allowPositionals: true,
});
if (!HOST_KINDS.includes(values.host as HostKind)) {
  console.error(`--host is "${values.host}", but must be one of: ${HOST_KINDS.join(', ')}.`);
  process.exit(2);
}
process.env['VITRINE_E2E_HOST'] = values.host;
if (values.shots !== undefined) process.env['VITRINE_E2E_SHOTS'] = resolve(values.shots);

/** What a desktop shows beside the views is its own; their states and texts are the same page, tried once. */
const FILES = values.host === 'electron' ? ['e2e/journey'] : ['e2e/window', 'e2e/journey'];

let summary = NOTHING_RAN;
try {
  summary = await runTests(root, positionals.length > 0 ? positionals : FILES);
} catch (error) {
  console.error(error);
}
for (const line of closingLines(summary)) console.log(line);
process.exit(summary.failed === 0 ? 0 : 1);
