import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** What is used of axe-core. */
interface Axe {
  run(): Promise<{ violations: { id: string; impact: string | null; nodes: { html: string }[] }[] }>;
}

const AXE = join(import.meta.dirname, '../node_modules/axe-core/axe.min.js');

/** What axe finds serious or critical on a page, a line each. */
export async function seriousOn(page: Page): Promise<string[]> {
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
