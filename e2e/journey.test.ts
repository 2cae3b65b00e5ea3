// From an empty library to a model that is tried out, by somebody who has read nothing: with the mouse alone, with the
// keyboard alone, and through everything that may happen on the way.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { hostClient, stopAllRuns } from './host-client.ts';
import { Keyboard, Mouse } from './hands.ts';
import type { Hands } from './hands.ts';
import { Frame } from './pages/frame.ts';
import { NewRun } from './pages/new-run.ts';
import { Playground } from './pages/playground.ts';
import { Report } from './pages/report.ts';
import { Reports } from './pages/reports.ts';
import { Run } from './pages/run.ts';
import { Runs } from './pages/runs.ts';
import { hostKind, hostMissing, openWindowHost } from './window-host.ts';
import type { WindowHost } from './host-of-window.ts';

const missing = process.env['VITRINE_ENGINE_DIR'] === undefined ? 'needs TensorFlow' : hostMissing();

/** The digits' own recipe, with so few steps that it takes seconds. */
const SHORT = [
  'total_steps=40',
  'warmup_steps=4',
  'batch=32',
  'eval_every=40',
  'checkpoint_every=20',
  'progress_every=1',
];
/** More steps than any machine takes in the time of this test. */
const LONG = [
  'total_steps=1000000',
  'warmup_steps=4',
  'batch=32',
  'eval_every=0',
  'checkpoint_every=10',
  'progress_every=5',
];
const flags = (fields: readonly string[]): string[] => fields.map((field) => `--config.${field}`);

const PICTURES = process.env['VITRINE_E2E_SHOTS'];

describe.skipIf(missing !== null)(
  `a journey, ${hostKind}${missing === null ? '' : `: ${missing}`}`,
  { timeout: 480_000 },
  () => {
    let host: WindowHost;

    afterEach(async ({ task }) => {
      if (!host) return;
      if (task.result?.state === 'fail') await picture(`failed-${task.name.replaceAll(/\W+/g, '-')}`);
      await stopAllRuns(hostClient(host.home)).finally(() => host.close());
    });

    /** The parts of the window, worked by these hands. */
    function parts(hands: Hands) {
      const { page } = host;
      return {
        frame: new Frame(page, hands),
        runs: new Runs(page, hands),
        newRun: new NewRun(page, hands),
        run: new Run(page, hands),
        reports: new Reports(page, hands),
        report: new Report(page, hands),
        playground: new Playground(page, hands),
      };
    }

    async function picture(name: string): Promise<void> {
      if (PICTURES === undefined) return;
      await mkdir(PICTURES, { recursive: true });
      await host.page.screenshot({ path: join(PICTURES, `${name}.png`) });
    }

    /** The samples, chosen in the form, with these flags. */
    async function fillIn(
      { newRun }: Pick<ReturnType<typeof parts>, 'newRun'>,
      fields: readonly string[],
    ): Promise<void> {
      await newRun.choose(newRun.checkpoint(/sample|digits/i));
      await newRun.choose(newRun.dataset(/sample|digits/i));
      await newRun.setFlags(flags(fields));
    }

    test.each(['mouse', 'keyboard'] as const)('with the %s alone', async (kind) => {
      host = await openWindowHost();
      const hands = kind === 'mouse' ? new Mouse(host.page) : new Keyboard(host.page);
      const { frame, runs, newRun, run, reports, report, playground } = parts(hands);
      await frame.shows('Catalog');
      await frame.go('Runs');
      await picture(`${kind}-1-runs`);
      await runs.trySample();
      await fillIn({ newRun }, SHORT);
      await picture(`${kind}-2-new-run`);
      await newRun.start();

      // Curves grow while it trains.
      await run.chart('Loss').waitFor({ timeout: 120_000 });
      await picture(`${kind}-3-live`);
      await run.isIn('Finished');
      expect(await run.step).toBe(40);
      await picture(`${kind}-4-finished`);

      await run.evaluate();
      await reports.dialog.waitFor();
      await reports.start();
      await report.isThere();
      await picture(`${kind}-5-report`);
      await report.openFirstCell();
      await expect
        .poll(() => report.images.first().evaluate((image: HTMLImageElement) => image.naturalWidth))
        .toBeGreaterThan(0);
      await picture(`${kind}-6-cell`);
      await report.closeCell();

      await frame.go('Runs');
      await runs.openFirst();
      await run.tryOut();
      await playground.tryDigits();
      await playground.answers.first().waitFor({ timeout: 120_000 });
      await picture(`${kind}-7-playground`);
      expect(host.problems).toEqual([]);
    });

    test('through reloads, a killed worker, and main killed and started again', async () => {
      host = await openWindowHost();
      const { frame, runs, newRun, run } = parts(new Mouse(host.page));
      const { page } = host;
      await frame.go('Runs');
      await runs.beginNew();
      await fillIn({ newRun }, LONG);
      await page.waitForURL((url) => url.hash.includes('progress_every')); // after a pause, what was typed is there
      await page.reload();
      await newRun.openAdvanced();
      await expect.poll(async () => (await newRun.flags.inputValue()).split('\n').sort()).toEqual(flags(LONG).sort());
      await expect.poll(() => newRun.dataset(/sample|digits/i).isChecked()).toBe(true);
      await newRun.start();
      const { id } = run;
      await run.isIn('Running');
      await expect.poll(() => run.step, { timeout: 120_000 }).toBeGreaterThan(10);

      await page.reload();
      await run.isIn('Running');
      const before = await run.step;
      await expect.poll(() => run.step).toBeGreaterThan(before);

      const client = () => hostClient(host.home);
      process.kill((await client().runs.get({ id })).pid!, 'SIGKILL');
      await run.crash.waitFor();
      await picture('crash');
      await run.resume();
      await run.crash.waitFor({ state: 'hidden' });
      await run.isIn('Running');

      await host.kill();
      if (hostKind === 'serve') await frame.lost.waitFor();
      await picture('lost');
      await host.restart();
      await frame.lost.waitFor({ state: 'hidden' });
      // The worker went on alone, and its new main found it.
      await run.isIn('Running');
      const then = await run.step;
      await expect.poll(() => run.step).toBeGreaterThan(then);
      expect((await client().runs.get({ id })).state).toBe('running');
      await run.stop();
      await run.isIn('Stopped');
      expect((await client().runs.get({ id })).resumable).toBe(true);
      const told = host.problems.filter((problem) => !/ERR_(CONNECTION|INCOMPLETE|NETWORK|ABORTED)/.test(problem));
      expect(told).toEqual([]);
    });
  },
);
