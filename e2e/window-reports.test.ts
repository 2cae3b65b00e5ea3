// Reports and the playground in the window: the sample scored, its report read and gone through, pictures tried.
import { rm } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inProcess, type Client } from '../src-main/app/in-process.ts';
import { href } from '../src-renderer/routes.ts';
import { seriousOn } from './axe.ts';
import { CHROMIUM_NEEDED, findChromium } from './browser.ts';
import { buildWindow, ServedWindow } from './served-window.ts';

const able = findChromium() !== null && process.env.VITRINE_ENGINE_DIR !== undefined;
const SHOTS = process.env.VITRINE_SHOTS;

describe.skipIf(!able)(`in Chromium (${CHROMIUM_NEEDED}), with TensorFlow`, { timeout: 240_000 }, () => {
  let out: string;
  let window: ServedWindow;
  let page: Page;
  let client: Client;
  const go = (hash: string): Promise<unknown> => page.goto(`${window.served.address}/${hash}`);

  /** Serious violations, light and dark; a picture of each where they are asked for. */
  async function looks(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(200); // colours have transitions
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${colorScheme}.png` });
      expect(await seriousOn(page)).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }

  beforeAll(async () => {
    out = await buildWindow();
    window = await ServedWindow.open(out);
    client = inProcess(window.library);
  });

  afterAll(async () => {
    await window.close();
    await rm(out, { recursive: true, force: true });
    expect(window.bugs).toEqual([]);
  });

  beforeEach(async () => {
    page = await window.newPage();
  });

  afterEach(async () => {
    await page.close();
    expect(window.problems).toEqual([]);
  });

  test('the first report is one press away: the sample on the digits', async () => {
    await go(href('reports', {}));
    await page.getByText('Score a model on every image of a split').waitFor();
    await looks('reports-empty');
    await page.getByRole('button', { name: 'Evaluate the sample on the digits' }).click();
    await page.getByRole('heading', { level: 1, name: /digits-vit\.npz on test/ }).waitFor({ timeout: 60_000 });
    await page.getByText('360 scored of 360 files').waitFor({ timeout: 60_000 });
    await page.getByRole('figure').first().waitFor();
    await looks('report');
    if (SHOTS) {
      await page.setViewportSize({ width: 1920, height: 1080 });
      await page.screenshot({ path: `${SHOTS}/report-wide.png` });
      const main = page.locator('main');
      for (let i = 1; i < 5; i++) {
        await main.evaluate((element) => element.scrollBy(0, 900));
        await page.waitForTimeout(300);
        await page.screenshot({ path: `${SHOTS}/report-wide-${i}.png` });
      }
    }
  });
});
