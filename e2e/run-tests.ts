import { stripVTControlCharacters } from 'node:util';
import { parseCLI, startVitest } from 'vitest/node';
import type { TestModule } from 'vitest/node';

type TestError = ReturnType<TestModule['errors']>[number];

export interface Summary {
  passed: number;
  /** Tests, files that could not be collected, hooks of suites, and errors that no test caught. */
  failed: number;
  /** What `failed` counts: where, and each error in a few lines. */
  faults: string[];
  /** Full names of the tests that did not run. */
  skipped: string[];
  /** The tests that failed before they passed, where `--retry` allows it, and how they failed. */
  retried: string[];
}

/** Of a run that could not even begin. */
export const NOTHING_RAN: Summary = { passed: 0, failed: 1, faults: [], skipped: [], retried: [] };

/** Of a message, in the closing lines: a report that is cut off from above still tells what went wrong. */
const MOST_LINES = 6;
const MOST_CHARACTERS = 200;

/** Counts a run so that nothing that went wrong is left out: a file that fails to load has no failing test. */
function summarize(modules: readonly TestModule[], unhandled: readonly TestError[]): Summary {
  const summary: Summary = { passed: 0, failed: 0, faults: [], skipped: [], retried: [] };
  const count = (errors: readonly TestError[], where: string): void => {
    summary.failed += errors.length;
    summary.faults.push(...errors.flatMap((error) => [where, ...told(error)]));
  };
  for (const module of modules) {
    count(module.errors(), module.relativeModuleId);
    for (const suite of module.children.allSuites())
      count(suite.errors(), `${module.relativeModuleId} > ${suite.fullName}`);
    for (const test of module.children.allTests()) {
      const name = `${module.relativeModuleId} > ${test.fullName}`;
      const { state, errors = [] } = test.result();
      if (state === 'passed') summary.passed++;
      else if (state === 'skipped') summary.skipped.push(name);
      else {
        summary.failed++;
        summary.faults.push(name, ...errors.flatMap(told));
      }
      if (test.diagnostic()?.flaky) summary.retried.push(name, ...errors.flatMap(told));
    }
  }
  count(unhandled, 'an error that no test caught');
  return summary;
}

/** An error as lines that stand under its test: its message, and the line of the test. */
function told({ message, stacks }: TestError): string[] {
  const plain = stripVTControlCharacters(message).trim();
  const lines = plain.split('\n').slice(0, MOST_LINES);
  const [stack] = stacks ?? [];
  if (stack) lines.push(`at ${stack.file.split('/').slice(-2).join('/')}:${stack.line}`);
  return lines.map((line) => `  ${line.slice(0, MOST_CHARACTERS)}`);
}

/** Runs the tests under `root` once; `argv` is Vitest's command line. */
export async function runTests(root: string, argv: string[]): Promise<Summary> {
  const { filter, options } = parseCLI(['vitest', 'run', ...argv]);
  const vitest = await startVitest('test', filter, { ...options, root, watch: false });
  await vitest.close();
  const summary = summarize(vitest.state.getTestModules(), vitest.state.getUnhandledErrors() as TestError[]);
  // A global setup that throws leaves no failing test behind, only Vitest's exit code; and a run in which nothing
  // passed did not pass.
  const wentWrong = Boolean(process.exitCode) || summary.passed === 0;
  return wentWrong && summary.failed === 0 ? { ...summary, failed: 1 } : summary;
}

/** The last lines of a test run; the very last is `N passed, N failed`. */
export function closingLines({ passed, failed, faults, skipped, retried }: Summary): string[] {
  return [
    ...named(`NOT RUN, ${skipped.length} skipped:`, skipped),
    ...named('FAILED FIRST, and passed when tried again:', retried),
    ...named('FAILED:', faults),
    `${passed} passed, ${failed} failed`,
  ];
}

function named(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}
