import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** What is used of axe-core. */
interface Axe {
  run(): Promise<{ violations: { id: string; impact: string | null; nodes: { html: string }[] }[] }>;
}

const AXE = join(import.meta.dirname, '../node_modules/axe-core/axe.min.js');

/** What axe finds serious or critical on a page that has come to rest, a line each. */
export async function seriousOn(page: Page): Promise<string[]> {
  await settled(page);
  await page.evaluate(await readFile(AXE, 'utf8')); // past the content policy, which holds for the page's own scripts
  // A colour on its way from one theme to the other is neither: axe judges where it arrives.
  await page.evaluate(async () => {
    const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(transitions.map(({ finished }) => finished));
  });
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run());
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
}

/**
 * Waits until what fades or slides has done so: after a change of colour scheme, text has its new colour at once while
 * a button's ground is still on its way, and axe would measure the two against each other. Endless animations stay.
 */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    const ending = document
      .getAnimations()
      .filter(({ effect, playState }) => playState === 'running' && effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
}
