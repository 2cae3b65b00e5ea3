import { parseCLI, startVitest } from 'vitest/node';
import type { TestModule } from 'vitest/node';

export interface Summary {
  passed: number;
  /** Tests, files that could not be collected, hooks of suites, and errors that no test caught. */
  failed: number;
  /** Full names of the tests that did not run. */
  skipped: string[];
  /** Full names of the tests that failed before they passed: where `--retry` allows it. */
  retried: string[];
}

/** Counts a run so that nothing that went wrong is left out: a file that fails to load has no failing test. */
function summarize(modules: readonly TestModule[], unhandledErrors: number): Summary {
  const summary: Summary = { passed: 0, failed: unhandledErrors, skipped: [], retried: [] };
  for (const module of modules) {
    summary.failed += module.errors().length;
    for (const suite of module.children.allSuites()) summary.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const name = `${module.relativeModuleId} > ${test.fullName}`;
      const { state } = test.result();
      if (state === 'passed') summary.passed++;
      else if (state === 'failed') summary.failed++;
      else summary.skipped.push(name);
      if (test.diagnostic()?.flaky) summary.retried.push(name);
    }
  }
  return summary;
}

/** Runs the tests under `root` once; `argv` is Vitest's command line. */
export async function runTests(root: string, argv: string[]): Promise<Summary> {
  const { filter, options } = parseCLI(['vitest', 'run', ...argv]);
  const vitest = await startVitest('test', filter, { ...options, root, watch: false });
  await vitest.close();
  const summary = summarize(vitest.state.getTestModules(), vitest.state.getUnhandledErrors().length);
  // A global setup that throws leaves no failing test behind, only Vitest's exit code; and a run in which nothing
  // passed did not pass.
  const wentWrong = Boolean(process.exitCode) || summary.passed === 0;
  return wentWrong && summary.failed === 0 ? { ...summary, failed: 1 } : summary;
}

/** The last lines of a test run; the very last is `N passed, N failed`. */
export function closingLines({ passed, failed, skipped, retried }: Summary): string[] {
  return [
    ...named(`NOT RUN, ${skipped.length} skipped:`, skipped),
    ...named(`FAILED FIRST, ${retried.length} passed when tried again:`, retried),
    `${passed} passed, ${failed} failed`,
  ];
}

function named(title: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [title, ...names.map((name) => `  ${name}`)];
}
