// The workflows of continuous integration can't run here: what can be said of them without is checked.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';

interface Workflow {
  on: unknown;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

interface Job {
  'runs-on': string;
  'timeout-minutes'?: number;
  permissions?: Record<string, string>;
  steps: { uses?: string; run?: string }[];
}

const root = join(import.meta.dirname, '..');
const folder = join(root, '.github/workflows');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

describe.each(readdirSync(folder))('%s', (name) => {
  const workflow = load(readFileSync(join(folder, name), 'utf8')) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);
  const runs = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

  test('runs scripts and files that are there', () => {
    expect(runs.length).toBeGreaterThan(0);
    for (const run of runs) {
      for (const [, script] of run.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script!]);
      for (const [file] of run.matchAll(/(?<![\w./])(\.ci|e2e|bench|bin)\/[\w./-]+/g))
        expect(existsSync(join(root, file)), file).toBe(true);
    }
  });

  test('may only read, but for what makes a release; has a limit; takes actions by version', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const job of jobs) {
      expect(job['timeout-minutes']).toBeGreaterThan(0);
      const writes = Object.values(job.permissions ?? {}).includes('write');
      expect(writes).toBe(job === workflow.jobs['release']);
    }
    for (const { uses } of steps.filter((step) => step.uses !== undefined))
      expect(uses).toMatch(/^actions\/[\w-]+@v\d+/);
  });

  test('puts nothing that others write into a command line', () => {
    for (const run of runs) expect(run).not.toMatch(/\$\{\{\s*github\.(event|head_ref|ref_name)/);
  });
});
