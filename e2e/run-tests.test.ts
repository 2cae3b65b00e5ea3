// The closing line of `npm test` must not lie: each way in which a run can go wrong is counted as failed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-tests-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs one test file in a folder of its own; what it printed, and whether the run counts as passed. */
function run(source: string, config?: string, argv: string[] = []): { lines: string[]; passed: boolean } {
  writeFileSync(join(folder, 'a.test.ts'), `import { afterAll, beforeAll, expect, test } from 'vitest';\n${source}`);
  if (config !== undefined) writeFileSync(join(folder, 'vitest.config.ts'), config);
  const script = `
    import { closingLines, runTests } from ${JSON.stringify(join(root, 'e2e/run-tests.ts'))};
    const summary = await runTests(${JSON.stringify(folder)}, ${JSON.stringify(argv)});
    for (const line of closingLines(summary)) console.log(line);
    process.exit(summary.failed === 0 ? 0 : 1);`;
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
  for (const name of Object.keys(env)) if (name.startsWith('VITEST')) delete env[name];
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' });
  return { lines: child.stdout.trim().split('\n'), passed: child.status === 0 };
}

test('passing tests are counted, and skipped ones are named above the last line', () => {
  const { lines, passed } = run(`test('one', () => {}); test('two', () => {}); test.skip('three', () => {});`);
  expect(lines.slice(-3)).toEqual(['NOT RUN, 1 skipped:', '  a.test.ts > three', '2 passed, 0 failed']);
  expect(passed).toBe(true);
});

test.each([
  ['a failing test', `test('one', () => expect(1).toBe(2)); test('two', () => {});`, '1 passed, 1 failed'],
  ['a file that does not load', `throw new Error('broken');`, '0 passed, 1 failed'],
  [
    'a failing hook after the tests',
    `test('one', () => {}); afterAll(() => { throw new Error('broken'); });`,
    '1 passed, 1 failed',
  ],
  [
    'an error that no test catches',
    `test('one', () => { void Promise.reject(new Error('stray')); });`,
    '1 passed, 1 failed',
  ],
  ['a file without tests', ``, '0 passed, 1 failed'],
])('%s', (_name, source, last) => {
  const { lines, passed } = run(source);
  expect(lines.at(-1)).toBe(last);
  expect(passed).toBe(false);
});

test('tried again, a test that passes is counted and named; one that never does has failed', () => {
  const once = `let tries = 0; test('once', () => expect(++tries).toBe(2));`;
  const again = run(once, undefined, ['--retry=1']);
  expect(again.lines.slice(again.lines.indexOf('FAILED FIRST, and passed when tried again:'))).toEqual([
    'FAILED FIRST, and passed when tried again:',
    '  a.test.ts > once',
    '    expected 1 to be 2 // Object.is equality',
    expect.stringMatching(/^ {4}at .*a\.test\.ts:2$/),
    '1 passed, 0 failed',
  ]);
  expect(again.passed).toBe(true);
  expect(run(once).lines.at(-1)).toBe('0 passed, 1 failed');
  const never = run(`test('never', () => expect(1).toBe(2));`, undefined, ['--retry=1']);
  expect(never.lines.at(-1)).toBe('0 passed, 1 failed');
});

test('what failed is told once more at the end, where a report that is cut off still has it', () => {
  const { lines } = run(`
    test('one', () => expect('a\\nb\\nc').toBe('d'));
    test('two', () => { throw new Error(Array.from({ length: 20 }, (_, i) => 'line ' + i).join('\\n')); });
    afterAll(() => { throw new Error('x'.repeat(1000)); });`);
  const told = lines.slice(lines.lastIndexOf('FAILED:'));
  expect(told).toEqual([
    'FAILED:',
    '  a.test.ts',
    `    ${'x'.repeat(200)}`,
    expect.stringMatching(/a\.test\.ts:5$/),
    '  a.test.ts > one',
    `    expected 'a\\nb\\nc' to be 'd' // Object.is equality`,
    expect.stringMatching(/a\.test\.ts:3$/),
    '  a.test.ts > two',
    ...Array.from({ length: 6 }, (_, i) => `    line ${i}`),
    expect.stringMatching(/a\.test\.ts:4$/),
    '0 passed, 3 failed',
  ]);
});

test('a run in which every test was skipped did not pass', () => {
  const { lines, passed } = run(`test.skip('one', () => {});`);
  expect(lines.at(-1)).toBe('0 passed, 1 failed');
  expect(passed).toBe(false);
});

test('a failing global setup', () => {
  writeFileSync(join(folder, 'setup.ts'), `export default () => { throw new Error('no engine'); };`);
  const { lines, passed } = run(`test('one', () => {});`, `export default { test: { globalSetup: './setup.ts' } };`);
  expect(lines.at(-1)).toBe('0 passed, 1 failed');
  expect(passed).toBe(false);
});
